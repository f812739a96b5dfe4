import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

/**
 * In what an affected address ends, or where it stands. `seen`: no notice reached the account, but it has opened its
 * verdict in the portal. `not planned`: no notice tells of it yet.
 */
export const standings = [
  'accepted',
  'seen',
  'bounced',
  'failed',
  'unreachable',
  'cancelled',
  'unknown',
  'sending',
  'planned',
  'not planned'
] as const
type Standing = (typeof standings)[number]

export type Ledger = {
  /** Affected addresses of the published scope; the counts add up to it. */
  total: number
  counts: Record<Standing, number>
}

/** Where each affected address of a scope stands, counted. */
export async function countLedger(db: Database, incidentId: string, scopeId: string): Promise<Ledger> {
  const { rows } = await sql<{ standing: Standing; addresses: number }>`
    select standing, count(*)::int as addresses from (${standingOfEach(incidentId, scopeId)}) as each
    group by standing`.execute(db)
  const counts = Object.fromEntries(standings.map(standing => [standing, 0])) as Record<Standing, number>
  for (const { standing, addresses } of rows) counts[standing] = addresses
  return { total: rows.reduce((sum, { addresses }) => sum + addresses, 0), counts }
}

export type Rest = {
  login_id: string
  name: string
  contact_email: string | null
  email: string
  standing: Standing
  recipient: string | null
  response: string | null
}

/** Affected addresses whose owner nobody has reached, with the reason: for letters and telephone calls. */
export async function listRest(db: Database, incidentId: string, scopeId: string): Promise<Rest[]> {
  const { rows } = await sql<Rest>`
    select login_id, name, contact_email, each.email, standing, recipient, response
    from (${standingOfEach(incidentId, scopeId)}) as each join accounts on accounts.id = account_id
    where standing not in ('accepted', 'seen', 'planned', 'sending')
    order by standing, login_id, each.email`.execute(db)
  return rows
}

/** The latest notice that tells of an address counts; one that was cancelled only when there is no other. */
function standingOfEach(incidentId: string, scopeId: string) {
  return sql`
    select f.account_id, f.email, n.recipient, n.response,
      case
        when n.state in ('claimed', 'sending') then 'sending'
        when n.state in ('accepted', 'planned', 'unknown') then n.state
        when s.account_id is not null then 'seen'
        when n.state = 'cancelled' and n.response = 'superseded' then 'not planned'
        else coalesce(n.state, 'not planned')
      end as standing
    from affected_addresses f
    left join lateral (
      select n.state, n.recipient, n.response from notice_addresses a
      join notices n on n.account_id = a.account_id and n.id = a.notice_id
      where a.account_id = f.account_id and a.email = f.email and n.incident_id = ${incidentId}
      order by n.state = 'cancelled', n.id desc limit 1
    ) n on true
    left join seen_verdicts s on s.account_id = f.account_id and s.scope_id = f.scope_id
    where f.scope_id = ${scopeId}`
}
