import { type RawBuilder, sql } from 'kysely'
import type { Listing } from './places.ts'

export type Condition = RawBuilder<unknown>

// What `decide()` asks about an address `w.email`, as scalar subqueries: each is looked up for the row at
// hand and when it comes to it, never gathered for the whole scope.

/** Whether it is an affected address of the account. */
export function affected({ accountId, incident: { scope } }: Listing): Condition {
  return sql`(select true from affected_addresses f where f.account_id = ${accountId}
    and f.scope_id = ${scope?.id ?? null} and f.email = w.email limit 1) is not null`
}

/** Whether the scope has it apart, or under another account. */
export function evidenceOfDoubt({ accountId, incident: { scope } }: Listing): Condition {
  const id = scope?.id ?? null
  return sql`coalesce(
    (select true from unmatched_recipients u where u.scope_id = ${id} and u.email = w.email limit 1),
    (select true from affected_addresses o where o.scope_id = ${id} and o.email = w.email
      and o.account_id <> ${accountId} limit 1)) is not null`
}

/** The same, looked for only where it may be found. */
export function doubt(listing: Listing): Condition {
  const { accountId, incident } = listing
  return sql`((select true from doubted_addresses d where d.account_id = ${accountId}
    and d.scope_id = ${incident.scope?.id ?? null} and d.email = w.email) is not null
    and ${evidenceOfDoubt(listing)})`
}

/** Whether it is, today, an address of the account, on the domain that is asked for. */
export function owned({ accountId, domain }: Listing): Condition {
  return sql`(select true from addresses a
    where a.account_id = ${accountId} and a.email = w.email ${domainIs(domain)} limit 1) is not null`
}

export function domainIs(domain: string | undefined): Condition {
  return domain === undefined ? sql`` : sql`and domain = ${domain}`
}
