import { sql } from 'kysely'
import { type Actor, record } from '../audit/record.ts'
import type { Database, DatabaseTransaction } from '../database/tables.ts'
import { plannedAgain } from './superseded.ts'

/** What somebody decides of notices whose fate nobody knows. */
export const decisions = ['arrived', 'again', 'given up'] as const
export type Decision = (typeof decisions)[number]

export type Decided = {
  decision: Decision
  reason: string
  /** What the notices have in common: their answer. */
  cause: string
  /** Of those the ones that are meant; all that were there at `until` without. */
  ids: string[] | undefined
  until: Date
}

/** Those of an incident whose fate nobody knows, by what happened to them, most first; of each the oldest are listed. */
export async function listCauses(db: Database, incidentId: string, listed: number): Promise<Cause[]> {
  const { rows } = await sql<Cause>`
    select cause, count(*)::int as notices, max(ended_at) as until,
      json_agg(json_build_object('id', id::text, 'recipient', recipient, 'token', token, 'ended_at', ended_at)
        order by number) filter (where number <= ${listed}) as first
    from (select *, coalesce(response, '') as cause,
        row_number() over (partition by coalesce(response, '') order by ended_at, id) as number
      from notices where incident_id = ${incidentId} and state = 'unknown') as n
    group by cause order by notices desc, cause`.execute(db)
  return rows
}

export type Cause = {
  cause: string
  notices: number
  until: Date
  first: { id: string; recipient: string; token: string; ended_at: string }[]
}

/**
 * Settles by the word of a person what became of notices: they arrived, they are sent again under the same
 * Message-ID, or they are given up and stand among those whom nobody has reached. Nothing does so by itself.
 * @returns how many notices that are; of those that were settled meanwhile, none
 */
export async function decideUnknown(
  tx: DatabaseTransaction,
  incidentId: string,
  { actor, ...decided }: Decided & { actor: Actor }
): Promise<number> {
  const { decision, reason, cause, ids, until } = decided
  const { rows } = await sql<{ account_id: string }>`
    update notices n set ${changes(decision, reason)}
    where incident_id = ${incidentId} and state = 'unknown' and coalesce(response, '') = ${cause}
      and ${ids ? sql`id = any(${ids}::bigint[])` : sql`ended_at < ${until}::timestamptz + interval '1 millisecond'`}
    returning account_id`.execute(tx)
  if (!rows[0]) return 0
  const details = { notices: rows.length, reason, cause }
  const accountId = rows.length === 1 ? rows[0].account_id : undefined
  const event = { actor, incidentId, accountId, details }
  if (decision === 'arrived') await record(tx, { ...event, action: 'notices decided arrived' })
  else if (decision === 'again') await record(tx, { ...event, action: 'notices decided again' })
  else await record(tx, { ...event, action: 'notices decided given up' })
  return rows.length
}

function changes(decision: Decision, reason: string) {
  if (decision === 'arrived') return sql`state = 'accepted', response = ${`decided: ${reason}`}`
  if (decision === 'given up')
    return sql`state = 'failed', given_up = true, response = ${`given up: ${reason}`}`
  return plannedAgain(`again: ${reason}`)
}
