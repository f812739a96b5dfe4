import { canonicalDomain } from '../accounts/canonical.ts'
import { record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { type DomainKind, listDomains, setDomainKind } from './queries.ts'

export const domainCommands: Commands = (program, withPortal) => {
  const domains = program.command('domains').description('which domains are yours, which are your customers’')

  domains
    .command('provider')
    .description('the domains are your own')
    .argument('<name...>', 'such as asahinet.jp')
    .action((names: string[]) => withPortal(({ db }) => set(db, 'provider', names)))

  domains
    .command('virtual')
    .description('the domains belong to customers')
    .argument('<name...>', 'such as example.co.jp')
    .action((names: string[]) => withPortal(({ db }) => set(db, 'virtual', names)))

  domains
    .command('list')
    .description('all domains, with how many addresses they have')
    .action(() => withPortal(({ db }) => list(db)))
}

async function set(db: Database, kind: DomainKind, texts: string[]) {
  const names = new Set(texts.map(readDomain))
  await db.transaction().execute(async tx => {
    await setDomainKind(tx, kind, [...names])
    const details = { kind, names: [...names].join(' ') }
    await record(tx, { actor: commandActor(), action: 'domains set', details })
  })
  console.log(`${kind}: ${[...names].join(', ')}`)
}

function readDomain(text: string): string {
  const name = canonicalDomain(text)
  if (!name) throw new Failure(`"${text}" is not a domain.`)
  return name
}

async function list(db: Database) {
  const domains = await listDomains(db)
  for (const { name, kind, addresses } of domains) console.log(`${kind}  ${name}  ${addresses} addresses`)
  if (domains.length === 0) console.log('There are no domains yet: members import brings them.')
}
