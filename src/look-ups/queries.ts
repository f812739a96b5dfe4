import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'

/** Who of the staff looked a member up, as the member may know it: by role, not by name. Newest first. */
export function listLookUpsOf(db: Database, accountId: string) {
  return db
    .selectFrom('look_ups')
    .innerJoin('staff', 'staff.id', 'look_ups.staff_id')
    .select(['look_ups.id', 'at', 'reason', 'rows_by', 'rows_at', 'disputed_at', 'staff.role'])
    .where('account_id', '=', accountId)
    .orderBy('look_ups.id', 'desc')
    .limit(100)
    .execute()
}

/**
 * The member says that they did not ask for it.
 * @returns undefined when the account has no such look-up, else whether it was not said before
 */
export async function disputeLookUp(tx: DatabaseTransaction, accountId: string, id: string) {
  const lookUp = await tx
    .selectFrom('look_ups')
    .select('disputed_at')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!lookUp || lookUp.disputed_at) return lookUp && false
  await tx
    .updateTable('look_ups')
    .set({ disputed_at: sql`now()` })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute()
  return true
}

type Code = { hash: Buffer; minutes: number }

/** In place of a code of the account that nobody has used. */
export async function insertConsent(tx: DatabaseTransaction, accountId: string, { hash, minutes }: Code) {
  await tx.deleteFrom('consents').where('account_id', '=', accountId).where('used_at', 'is', null).execute()
  await tx
    .insertInto('consents')
    .values({
      ...{ account_id: accountId, code_hash: hash },
      expires_at: sql<Date>`now() + make_interval(mins => ${minutes})`
    })
    .execute()
}

/** Counts a try of the account's newest code, if it is still good, and holds it until the transaction ends. */
export function countTry(tx: DatabaseTransaction, accountId: string, mostTries: number) {
  return tx
    .updateTable('consents')
    .set({ attempts: sql`attempts + 1` })
    .where('account_id', '=', accountId)
    .where('id', '=', ({ selectFrom }) =>
      selectFrom('consents')
        .select(({ fn }) => fn.max('id').as('newest'))
        .where('account_id', '=', accountId)
    )
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .where('attempts', '<', mostTries)
    .returning(['id', 'code_hash'])
    .executeTakeFirst()
}

type Use = { account_id: string; id: string; consentId: string }

export async function useConsent(tx: DatabaseTransaction, { account_id, id, consentId }: Use) {
  await tx
    .updateTable('consents')
    .set({ used_at: sql`now()`, look_up_id: id })
    .where('account_id', '=', account_id)
    .where('id', '=', consentId)
    .execute()
}
