import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'

/** Claims of one account under one incident: whoever misses more should call. */
const mostClaims = 20

export type NewClaim = {
  account_id: string
  incident_id: string
  email: string
  expected_at: Date
  sender: string
}

/** @returns the id; undefined when the account has as many as it may under this incident */
export async function insertClaim(tx: DatabaseTransaction, claim: NewClaim): Promise<string | undefined> {
  const { account_id, incident_id } = claim
  // Held, so that claims at once are counted one after the other.
  await tx.selectFrom('accounts').select('id').where('id', '=', account_id).forNoKeyUpdate().execute()
  const { count } = await tx
    .selectFrom('lost_mail_claims')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('account_id', '=', account_id)
    .where('incident_id', '=', incident_id)
    .executeTakeFirstOrThrow()
  if (count >= mostClaims) return undefined
  const { id } = await tx
    .insertInto('lost_mail_claims')
    .values(claim)
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The account's claims, newest first, with the address's id where it is still the account's. */
export function listClaims(db: Database, accountId: string) {
  return db
    .selectFrom('lost_mail_claims as c')
    .innerJoin('incidents as i', 'i.id', 'c.incident_id')
    .leftJoin('addresses as a', join =>
      join.onRef('a.account_id', '=', 'c.account_id').onRef('a.email', '=', 'c.email')
    )
    .select(['c.email', 'c.expected_at', 'c.sender', 'c.created_at', 'a.id as address_id'])
    .select(['i.slug', 'i.title_ja', 'i.title_en', 'i.zone'])
    .where('c.account_id', '=', accountId)
    .where('i.state', '<>', 'draft')
    .orderBy('c.id', 'desc')
    .execute()
}
