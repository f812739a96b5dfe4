import type { FastifyReply } from 'fastify'
import { sendCsv } from '../csv/write.ts'
import type { Database } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import { languageOf, textsIn } from '../web/language.ts'
import { type AuditFilter, type ListedEvent, streamEvents, zone } from './queries.ts'
import { sentenceOf } from './sentences.ts'

/** All events that fit a filter as a CSV download, in constant memory. */
export function exportEvents(reply: FastifyReply, db: Database, filter: AuditFilter) {
  const language = languageOf(reply.request)
  const t = textsIn(language)
  const format = formatsFor(language, zone)
  const columns = [
    'id',
    'at',
    'actor_kind',
    'actor',
    'action',
    'what',
    'account',
    'incident',
    'details',
    'hash'
  ]
  const header = columns.map(column => t(`audit.column_${column}`, { zone: format.zone }))
  return sendCsv(reply, 'audit.csv', header, rows())

  async function* rows() {
    for await (const batch of streamEvents(db, filter)) for (const event of batch) yield rowOf(event)
  }

  function rowOf(event: ListedEvent) {
    const { id, at, actor_kind, actor, action, account, incident, details, hash } = event
    const who = [t(`audit.kind_${actor_kind}`), actor, action, sentenceOf(t, event)]
    return [id, format.stamp(at), ...who, account, incident, JSON.stringify(details), hash.toString('hex')]
  }
}
