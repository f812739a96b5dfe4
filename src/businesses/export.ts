import { finished } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { sendCsv } from '../csv/write.ts'
import type { Database } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import { languageOf, textsIn } from '../web/language.ts'
import type { ListedAddress } from './facts.ts'
import { streamAddresses } from './list.ts'
import type { Listing } from './places.ts'

/** Exports at once in one process; each takes a good part of a core. Beyond it: 503, come again. */
const most = 3
let running = 0

/** All addresses of a listing as a CSV download in the visitor's language and the incident's zone. */
export function exportAddresses(
  reply: FastifyReply,
  db: Database,
  { listing, incident }: { listing: Listing; incident: { slug: string; zone: string } }
) {
  if (running >= most) return reply.failed(503)
  running++
  // Unlike an event, this also comes for a client that has gone already.
  finished(reply.raw, () => running--)
  const language = languageOf(reply.request)
  const t = textsIn(language)
  const format = formatsFor(language, incident.zone)
  const columns = ['address', 'domain', 'verdict', 'reason', 'lost_count', 'first_lost_at', 'last_lost_at']
  const header = columns.map(column => t(`csv.${column}`, { zone: format.zone }))
  return sendCsv(reply, `addresses-${incident.slug}.csv`, header, rows())

  async function* rows() {
    for await (const batch of streamAddresses(db, listing)) for (const address of batch) yield rowOf(address)
  }

  function rowOf(address: ListedAddress) {
    const { email, domain, verdict, lostCount, firstLostAt, lastLostAt } = address
    const reason = 'reason' in address ? t(`verdict.${address.reason}`) : ''
    const times = [firstLostAt, lastLostAt].map(time => time && format.stamp(time))
    return [email, domain, t(`verdict.short_${verdict}`), reason, lostCount, ...times]
  }
}
