import type { FastifyReply } from 'fastify'
import { sendCsv } from '../csv/write.ts'
import type { Database } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import { languageOf, textsIn } from '../web/language.ts'
import { type LostMessage, type Mailbox, streamLostMessages } from './queries.ts'

/** The lost messages of one address as a CSV download in the visitor's language and the incident's zone. */
export function exportLostMessages(
  reply: FastifyReply,
  db: Database,
  mailbox: Mailbox,
  incident: { slug: string; zone: string }
) {
  const language = languageOf(reply.request)
  const t = textsIn(language)
  const format = formatsFor(language, incident.zone)
  const columns = ['received_at', 'sender', 'size', 'message_id', 'queue_id', 'handled']
  const header = [t('csv.address'), ...columns.map(column => t(`csv.${column}`, { zone: format.zone }))]
  return sendCsv(reply, `lost-mail-${incident.slug}.csv`, header, rows())

  async function* rows() {
    for await (const batch of streamLostMessages(db, mailbox))
      for (const message of batch) yield rowOf(message)
  }

  function rowOf({ received_at, sender, size, message_id, queue_id, handled_at }: LostMessage) {
    const handled = handled_at ? t('csv.yes') : t('csv.no')
    return [mailbox.email, format.stamp(received_at), sender, size, message_id, queue_id, handled]
  }
}
