import { type LostMessage, makeLostMail } from './lost-mail.ts'
import { writeMailLog } from './mail-log.ts'
import type { GivenMail } from './mail-log-given.ts'
import { newSize } from './mail-log-messages.ts'
import { domainOf } from './mail-log-ways.ts'
import { makeMembers } from './members.ts'
import { type Random, seededRandom, whole } from './random.ts'
import { endsAt, startsAt } from './window.ts'

const seed = 20170413
const bulkTime = 60_000
const mostRecipients = 50
const otherLines = 40_000

/**
 * Writes the log of the evening of the reference case, in which the mail of the demo went to the
 * transport that discards, among mail that was delivered. The same bytes each time.
 */
export async function writeDemoLog(file: string) {
  const random = seededRandom(seed)
  const mail = givenMail(random, makeLostMail(random, makeMembers(random)))
  await writeMailLog({
    ...{ file, host: 'mx1', seed, longIds: true },
    // The log tells what was before, and what became of mail that had to wait.
    from: startsAt - 6 * 60_000,
    to: endsAt + 5 * 60_000,
    lines: otherLines,
    given: { kind: 'discard', mail }
  })
}

/** What one sender writes to many within a minute is one message, as with newsletters. */
function givenMail(random: Random, lostMail: LostMessage[]): GivenMail[] {
  type Bulk = { period: number; recipients: Set<string>; rows: GivenMail[] }
  const latest = new Map<string, Bulk>()
  const messages: GivenMail[][] = []
  for (const { at, recipient, sender } of lostMail) {
    const period = Math.floor(at / bulkTime)
    const bulk = sender === '' ? undefined : latest.get(sender)
    if (bulk?.period === period && bulk.rows.length < mostRecipients && !bulk.recipients.has(recipient)) {
      bulk.recipients.add(recipient)
      bulk.rows.push({ ...(bulk.rows[0] as GivenMail), recipient })
      continue
    }
    const id = `${whole(random, 1e8, 1e9)}.${whole(random, 1e8, 1e9)}`
    const messageId = `<${id}@${domainOf(sender) || 'mta.example'}>`
    const rows = [{ recipient, receivedAt: startsAt + at, sender, messageId, size: newSize(random) }]
    messages.push(rows)
    latest.set(sender, { period, recipients: new Set([recipient]), rows })
  }
  return messages.flat()
}
