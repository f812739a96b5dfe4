import { sql } from 'kysely'
import type { Database, DatabaseTransaction, LookUpReason } from '../database/tables.ts'
import { firstEmail } from './search.ts'

/** One member of the staff and one account: what an agent has to do with a member. */
export type Handling = { accountId: string; staffId: string }
export type FreshLookUp = NonNullable<Awaited<ReturnType<typeof findFreshLookUp>>>

/** Minutes for which a look-up opens its account. */
export const freshMinutes = 30

/** @returns how often in these ten minutes, this time counted */
export async function countUse(db: Database, staffId: string, what: string): Promise<number> {
  const over = sql<boolean>`staff_uses.since <= now() - interval '10 minutes'`
  const { count } = await db
    .insertInto('staff_uses')
    .values({ staff_id: staffId, what, count: 1 })
    .onConflict(conflict =>
      conflict.columns(['staff_id', 'what']).doUpdateSet({
        count: sql`case when ${over} then 1 else staff_uses.count + 1 end`,
        since: sql`case when ${over} then now() else staff_uses.since end`
      })
    )
    .returning('count')
    .executeTakeFirstOrThrow()
  return count
}

/** Who an account is, to be shown masked. */
export function findIdentity(db: Database, accountId: string) {
  return db
    .selectFrom('accounts')
    .select(['id', 'kind', 'login_id', 'name', 'disabled_at', firstEmail])
    .where('id', '=', accountId)
    .executeTakeFirst()
}

type NewLookUp = Handling & { reason: LookUpReason; ticket: string }

/** @returns the id */
export async function insertLookUp(
  tx: DatabaseTransaction,
  { accountId, staffId, reason, ticket }: NewLookUp
) {
  const { id } = await tx
    .insertInto('look_ups')
    .values({ account_id: accountId, staff_id: staffId, reason, ticket })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The agent's last look-up of the account, if it still opens it. */
export function findFreshLookUp(db: Database, { accountId, staffId }: Handling) {
  return db
    .selectFrom('look_ups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('staff_id', '=', staffId)
    .where('at', '>', sql<Date>`now() - make_interval(mins => ${freshMinutes})`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export function findAccount(db: Database, accountId: string) {
  return db
    .selectFrom('accounts')
    .select(['id', 'kind', 'login_id', 'name', 'contact_email', 'language', 'disabled_at'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
}

/** The last logins and refused ones. */
export function listLogins(db: Database, accountId: string) {
  return db
    .selectFrom('audit_events')
    .select(['at', 'action'])
    .where('account_id', '=', accountId)
    .where('action', 'in', ['login', 'login refused'])
    .orderBy('id', 'desc')
    .limit(10)
    .execute()
}

/** The last look-ups of an account, newest first. */
export function listLookUps(db: Database, accountId: string) {
  return db
    .selectFrom('look_ups')
    .innerJoin('staff', 'staff.id', 'look_ups.staff_id')
    .select(['look_ups.id', 'at', 'reason', 'ticket', 'rows_by', 'disputed_at', 'staff.name'])
    .where('account_id', '=', accountId)
    .orderBy('look_ups.id', 'desc')
    .limit(30)
    .execute()
}

export function listNotes(db: Database, accountId: string) {
  return db
    .selectFrom('support_notes')
    .innerJoin('staff', 'staff.id', 'support_notes.staff_id')
    .select(['at', 'text', 'staff.name'])
    .where('account_id', '=', accountId)
    .orderBy('support_notes.id', 'desc')
    .limit(50)
    .execute()
}

export async function insertNote(tx: DatabaseTransaction, { accountId, staffId }: Handling, text: string) {
  await tx.insertInto('support_notes').values({ account_id: accountId, staff_id: staffId, text }).execute()
}

/** What an agent asked others to approve, of a look-up. */
export function findRequest(db: Database, { account_id, id }: FreshLookUp) {
  return db
    .selectFrom('break_glass_requests')
    .select(['requested_at', 'decided_at', 'approved'])
    .where('account_id', '=', account_id)
    .where('look_up_id', '=', id)
    .executeTakeFirst()
}

/** @returns whether it is the first request of this look-up */
export async function insertRequest(tx: DatabaseTransaction, lookUp: FreshLookUp, reason: string) {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('break_glass_requests')
    .values({ account_id: lookUp.account_id, look_up_id: lookUp.id, reason })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Rows with sender and time are open to a look-up from now on. */
export async function openRows(
  tx: DatabaseTransaction,
  lookUp: Pick<FreshLookUp, 'account_id' | 'id'>,
  by: 'consent' | 'break_glass'
) {
  await tx
    .updateTable('look_ups')
    .set({ rows_by: by, rows_at: sql`now()` })
    .where('account_id', '=', lookUp.account_id)
    .where('id', '=', lookUp.id)
    .where('rows_by', 'is', null)
    .execute()
}
