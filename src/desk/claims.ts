import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

export type ClaimGroup = {
  hour: Date
  domain: string
  claims: number
  addresses: number
  /** Of the claiming addresses, those that the scope affects. */
  affected: number
  /** Of the scope, in that hour, on all domains. */
  lost_messages: number
}

/** What members miss, by hour of the incident's zone and domain, beside what a scope says: the first 200. */
export async function groupClaims(db: Database, { scopeId, incidentId, zone }: ClaimsOf) {
  const { rows } = await sql<ClaimGroup>`
    with claimed as (
      select date_trunc('hour', expected_at, ${zone}) as hour, split_part(c.email, '@', -1) as domain, c.email,
        f.email is not null as affected
      from lost_mail_claims c
      left join affected_addresses f
        on f.account_id = c.account_id and f.scope_id = ${scopeId} and f.email = c.email
      where c.incident_id = ${incidentId}
    )
    select hour, domain, count(*)::int as claims, count(distinct email)::int as addresses,
      (count(distinct email) filter (where affected))::int as affected,
      (select coalesce(sum(lost_messages), 0)::int from scope_intervals
        where scope_id = ${scopeId} and at >= hour and at < hour + interval '1 hour') as lost_messages
    from claimed group by hour, domain order by hour, domain limit 200`.execute(db)
  return rows
}

type ClaimsOf = { scopeId: string; incidentId: string; zone: string }

/** All claims of an incident: addresses that claim, and those of them that a scope affects. */
export async function countClaims(db: Database, { scopeId, incidentId }: ClaimsOf) {
  const { rows } = await sql<{ claims: number; addresses: number; affected: number }>`
    select count(*)::int as claims, count(distinct c.email)::int as addresses,
      count(distinct f.email)::int as affected
    from lost_mail_claims c
    left join affected_addresses f
      on f.account_id = c.account_id and f.scope_id = ${scopeId} and f.email = c.email
    where c.incident_id = ${incidentId}`.execute(db)
  return rows[0] ?? { claims: 0, addresses: 0, affected: 0 }
}

/** The newest 50. Of whom somebody expected mail from, no more than the domain. */
export function listClaims(db: Database, incidentId: string) {
  return db
    .selectFrom('lost_mail_claims')
    .select(['expected_at', 'created_at'])
    .select([
      sql<string>`split_part(email, '@', -1)`.as('domain'),
      sql<string>`case when sender like '%@%' then left(lower(split_part(sender, '@', -1)), 253) else '' end`.as(
        'sender_domain'
      )
    ])
    .where('incident_id', '=', incidentId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(50)
    .execute()
}
