import type { Database } from '../database/tables.ts'
import type { Commands } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { type Verified, verifyAudit } from './verify.ts'

export const auditCommands: Commands = (program, withPortal) => {
  program
    .command('audit')
    .description('the record of who did what')
    .command('verify')
    .description('reckon its chain anew: an event that was changed or removed shows')
    .option('--expect <hash>', 'a hash that an earlier verification printed: it has to be there still')
    .action(({ expect }: { expect?: string }) => withPortal(({ db }) => verify(db, expect)))
}

async function verify(db: Database, expect: string | undefined) {
  const { events, hash, broken, expected } = await verifyAudit(db, expect?.trim().toLowerCase())
  if (broken) throw new Failure(`The audit is broken: ${describe(broken)}`)
  if (!expected)
    throw new Failure(`The audit is whole, but no event has the hash ${expect}: it was written anew since.`)
  console.log(`The audit is whole: ${count(events)} events.`)
  console.log(`Hash of the last one, to be kept elsewhere: ${hash || 'none yet'}`)
}

function describe(broken: NonNullable<Verified['broken']>): string {
  if (broken.why === 'cut off') return 'events at its end are missing.'
  const what = broken.why === 'missing' ? 'events before it are missing' : 'it was changed'
  return `event ${broken.id} is the first that does not fit: ${what}.`
}
