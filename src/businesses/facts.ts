import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { decide, type Standing, type Verdict } from '../incidents/verdict.ts'
import { evidenceOfDoubt } from './evidence.ts'
import type { Listing, Place } from './places.ts'

export type ListedAddress = Verdict & {
  id: string
  email: string
  domain: string
  /** `null` where the scope's source did not tell, and for what is not affected. */
  lostCount: number | null
  firstLostAt: Date | null
  lastLostAt: Date | null
  place: Place
}

/** The addresses with these emails and numbers `n`, as the list shows them, by `n`; whatever the account does not own is left out. */
export async function readFacts(
  db: Database,
  listing: Listing,
  found: RawBuilder<unknown>
): Promise<ListedAddress[]> {
  const { accountId, incident } = listing
  const { rows } = await sql<Facts>`
    with w as materialized (${found})
    select a.id, a.email, a.domain, d.kind, f.lost_count, f.first_lost_at, f.last_lost_at,
      f.last_lost_at::text as last_place, f.email is not null as affected,
      f.email is null and ${evidenceOfDoubt(listing)} as doubt,
      exists (select from incident_domains c where c.incident_id = ${incident.id} and c.domain = a.domain)
        as concerned
    from w
    join addresses a on a.account_id = ${accountId} and a.email = w.email
    left join domains d on d.name = a.domain
    left join affected_addresses f
      on f.account_id = ${accountId} and f.scope_id = ${incident.scope?.id ?? null} and f.email = w.email
    order by w.n`.execute(db)
  return rows.map(row => judge(row, listing))
}

type Facts = {
  id: string
  email: string
  domain: string
  kind: Standing['kind']
  lost_count: number | null
  first_lost_at: Date | null
  last_lost_at: Date | null
  last_place: string | null
  affected: boolean
  doubt: boolean
  concerned: boolean
}

function judge(facts: Facts, { incident: { scope }, sort }: Listing): ListedAddress {
  const { id, email, domain, kind, concerned, affected, doubt: unmatched } = facts
  const verdict = decide({
    ...{ scope, concerned, kind, affected: affected ? facts : null },
    doubt: unmatched ? 'unmatched' : null
  })
  const [lostCount, firstLostAt, lastLostAt] = [facts.lost_count, facts.first_lost_at, facts.last_lost_at]
  const key = sort === 'count' ? lostCount : sort === 'last' ? facts.last_place : null
  const place = { part: verdict.verdict, email, key }
  return { ...{ id, email, domain, lostCount, firstLostAt, lastLostAt, place }, ...verdict }
}
