import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'
import { freshMinutes } from '../support/queries.ts'

function requests(db: Database) {
  return db
    .selectFrom('break_glass_requests as r')
    .innerJoin('look_ups as l', join =>
      join.onRef('l.account_id', '=', 'r.account_id').onRef('l.id', '=', 'r.look_up_id')
    )
    .innerJoin('staff as s', 's.id', 'l.staff_id')
    .innerJoin('accounts as a', 'a.id', 'l.account_id')
    .select(['l.id', 'l.staff_id', 'l.reason as look_up_reason', 'l.ticket', 's.name as agent'])
    .select(['a.login_id', 'a.kind', 'r.reason', 'r.requested_at', 'r.decided_at', 'r.approved'])
}

const isFresh = sql<boolean>`l.at > now() - make_interval(mins => ${freshMinutes})`

/** Requests that wait and would still open something, oldest first. */
export function listWaiting(db: Database) {
  return requests(db).where('r.decided_at', 'is', null).where(isFresh).orderBy('r.requested_at').execute()
}

export function listDecided(db: Database) {
  return requests(db)
    .innerJoin('staff as d', 'd.id', 'r.decided_by')
    .select('d.name as decider')
    .where('r.decided_at', 'is not', null)
    .orderBy('r.decided_at', 'desc')
    .limit(20)
    .execute()
}

/** Look-ups that members say they did not ask for, newest first. */
export function listDisputed(db: Database) {
  return db
    .selectFrom('look_ups as l')
    .innerJoin('staff as s', 's.id', 'l.staff_id')
    .innerJoin('accounts as a', 'a.id', 'l.account_id')
    .select(['l.at', 'l.disputed_at', 'l.reason', 'l.ticket', 'l.rows_by', 's.name as agent'])
    .select(['a.id as account_id', 'a.login_id'])
    .where('l.disputed_at', 'is not', null)
    .orderBy('l.disputed_at', 'desc')
    .limit(100)
    .execute()
}

type Decision = { id: string; approved: boolean; staffId: string }

/**
 * Decides a request that waits, of a look-up that is fresh.
 * @returns the look-up; undefined when there is none such, or it is the decider's own, or of somebody who enrolled with
 *   a code of theirs, or the reverse
 */
export async function decideRequest(tx: DatabaseTransaction, { id, approved, staffId }: Decision) {
  const { rows } = await sql<{ account_id: string; id: string }>`
    update break_glass_requests r set decided_at = now(), decided_by = ${staffId}, approved = ${approved}
    from look_ups l
    where l.account_id = r.account_id and l.id = r.look_up_id and r.look_up_id = ${id}
      and r.decided_at is null and l.staff_id <> ${staffId} and ${isFresh}
      and not exists (select from staff s where (s.id = l.staff_id and s.enrolled_by = ${staffId})
        or (s.id = ${staffId} and s.enrolled_by = l.staff_id))
    returning l.account_id, l.id`.execute(tx)
  return rows[0]
}
