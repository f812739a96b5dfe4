import { type RawBuilder, sql } from 'kysely'
import type { Verdict } from '../incidents/verdict.ts'
import type { BusinessIncident } from './queries.ts'
import type { Pattern } from './search.ts'

type Part = Verdict['verdict']

export const sorts = ['address', 'count', 'last'] as const
export const verdicts: Part[] = ['affected', 'undetermined', 'not_affected']

/** A contract's addresses under an incident, as somebody wants to see them. */
export type Listing = {
  accountId: string
  incidentId: string
  scope: BusinessIncident['scope']
  totalAddresses: number
  runs: boolean
  sort: (typeof sorts)[number]
  direction: 'asc' | 'desc'
  verdict?: Part | undefined
  domain?: string | undefined
  text?: Pattern | undefined
}

/** Where an address stands in a list: `key` is the count or time that the list is sorted by. */
export type Place = { part: Part; email: string; key: string | number | null }

/** So many addresses beyond a place, or from an end of the list. */
export type Step = { from?: Place | undefined; backwards: boolean; length: number }

export type Condition = RawBuilder<unknown>

/**
 * The order of a list, read from its other end for the other direction: by address A to Z; by count or
 * time the highest first, then the unknown, then what is undetermined, then what is not affected, each A to Z.
 */
export function isReversed({ sort, direction }: Listing, { backwards }: Step): boolean {
  return (direction !== (sort === 'address' ? 'asc' : 'desc')) !== backwards
}

/** The list's parts in its order. */
export function partsOf({ sort, verdict }: Listing, reversed: boolean): (Part | 'all')[] {
  if (verdict) return [verdict]
  if (sort === 'address') return ['all']
  return reversed ? verdicts.toReversed() : verdicts
}

export function keyOf({ sort }: Listing): RawBuilder<unknown> | undefined {
  return sort === 'address' ? undefined : sql.ref(sort === 'count' ? 'lost_count' : 'last_lost_at')
}

/** The rows of a part beyond a place, as conditions that each are one range of an index, in the list's order. */
export function rangesBeyond(listing: Listing, from: Place, reversed: boolean): Condition[] {
  const { email, key: at } = from
  const further = reversed ? sql`email < ${email}` : sql`email > ${email}`
  const key = keyOf(listing)
  if (!key || from.part !== 'affected') return [further]
  if (at === null) {
    const unknown = sql`${key} is null and ${further}`
    return reversed ? [unknown, sql`${key} is not null`] : [unknown]
  }
  const same = sql`${key} = ${at} and ${further}`
  return reversed ? [same, sql`${key} > ${at}`] : [same, sql`${key} < ${at}`, sql`${key} is null`]
}

export function orderOf(key: RawBuilder<unknown> | undefined, reversed: boolean): RawBuilder<unknown> {
  const byEmail = reversed ? sql`email desc` : sql`email`
  if (!key) return byEmail
  return reversed ? sql`${key} asc nulls first, ${byEmail}` : sql`${key} desc nulls last, ${byEmail}`
}

/** Whether a scope lets anybody be called "not affected". */
export function isCovered({ scope }: Listing): boolean {
  return scope !== null && scope.gaps.length === 0
}

/** Whether `w.email` is an affected address of the account. */
export function affected({ accountId, scope }: Listing): Condition {
  // Scalar subqueries, here and below: looked up for the row at hand, never gathered for the whole scope.
  return sql`(select true from affected_addresses f where f.account_id = ${accountId}
    and f.scope_id = ${scope?.id ?? null} and f.email = w.email limit 1) is not null`
}

/** Whether the scope has `w.email` apart, or under another account. */
export function doubt({ accountId, scope }: Listing): Condition {
  const id = scope?.id ?? null
  return sql`coalesce(
    (select true from unmatched_recipients u where u.scope_id = ${id} and u.email = w.email limit 1),
    (select true from affected_addresses o where o.scope_id = ${id} and o.email = w.email
      and o.account_id <> ${accountId} limit 1)) is not null`
}
