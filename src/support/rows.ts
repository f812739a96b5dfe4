import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

const mostShown = 200
/** Beyond it nobody counts. */
const mostCounted = 10_000

/**
 * The lost messages of an account, with sender and time, as the member reads them: of addresses that are its own
 * today, under the published scopes. `more` is how many there are beyond the 200 of a page.
 */
export async function findRows(db: Database, accountId: string) {
  const [messages, { count }] = [await listRows(db, accountId), await countRows(db, accountId)]
  return { messages, more: Math.max(0, count - messages.length), atLeast: count === mostCounted }
}

function rowsOf(db: Database, accountId: string) {
  return db
    .selectFrom('lost_messages as m')
    .innerJoin('scopes as s', 's.id', 'm.scope_id')
    .innerJoin('incidents as i', 'i.id', 's.incident_id')
    .innerJoin('addresses as a', join =>
      join.onRef('a.account_id', '=', 'm.account_id').onRef('a.email', '=', 'm.email')
    )
    .where('m.account_id', '=', accountId)
    .where('s.state', '=', 'published')
    .where('i.state', '<>', 'draft')
}

function listRows(db: Database, accountId: string) {
  return rowsOf(db, accountId)
    .select([
      'm.email',
      'm.received_at',
      'm.sender',
      'm.size',
      'i.zone',
      'i.slug',
      'i.title_ja',
      'i.title_en'
    ])
    .orderBy('i.starts_at', 'desc')
    .orderBy('m.email')
    .orderBy('m.received_at')
    .limit(mostShown)
    .execute()
}

function countRows(db: Database, accountId: string) {
  const some = rowsOf(db, accountId).select('m.id').limit(mostCounted).as('some')
  return db.selectFrom(some).select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow()
}
