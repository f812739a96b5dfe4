import { sql } from 'kysely'
import type { Verdict } from '../incidents/verdict.ts'
import { affected, type Condition, doubt, owned } from './evidence.ts'
import type { BusinessIncident } from './queries.ts'
import type { Pattern } from './search.ts'

export const sorts = ['address', 'count', 'last'] as const
export const verdicts: Verdict['verdict'][] = ['affected', 'undetermined', 'not_affected']

/** A contract's addresses under an incident, as somebody wants to see them. */
export type Listing = {
  accountId: string
  incident: Pick<BusinessIncident, 'id' | 'scope' | 'totals' | 'runs'>
  sort: (typeof sorts)[number]
  direction: 'asc' | 'desc'
  verdict?: Verdict['verdict'] | undefined
  domain?: string | undefined
  text?: Pattern | undefined
}

/** A stretch of a list that is in one order; `all` has every verdict. */
export type Part = Verdict['verdict'] | 'all'

/** Where an address stands in a list: `key` is the count or time that the list is sorted by. */
export type Place = { part: Part; email: string; key: string | number | null }

/** So many addresses of a part beyond a place, or from an end. */
export type Step = { part: Part; from: Place | undefined; reversed: boolean; length: number }

/**
 * The order of a list, read from its other end for the other direction: by address A to Z; by count or
 * time the highest first, then the unknown, then what is undetermined, then what is not affected, each A to Z.
 */
export function isReversed({ sort, direction }: Listing, backwards: boolean): boolean {
  return (direction !== (sort === 'address' ? 'asc' : 'desc')) !== backwards
}

/** The parts of a list from a place on, in its order. */
export function partsFrom(listing: Listing, from: Place | undefined, reversed: boolean): Part[] {
  const { sort, verdict } = listing
  const possible = verdicts.filter(part => part !== 'not_affected' || isCovered(listing))
  if (verdict) return possible.filter(part => part === verdict)
  if (sort === 'address') return ['all']
  const parts: Part[] = reversed ? possible.reverse() : possible
  return from ? parts.slice(Math.max(0, parts.indexOf(from.part))) : parts
}

/** Whether `w.email`, found where a part is looked for, belongs to it. */
export function belongs(part: Part, listing: Listing): Condition {
  if (part === 'all') return sql`true`
  if (part === 'affected') return sql`${owned(listing)} and ${affected(listing)}`
  if (!isCovered(listing)) return sql`${owned(listing)} and not ${affected(listing)}`
  const doubted = part === 'undetermined' ? doubt(listing) : sql`not ${doubt(listing)}`
  return sql`${owned(listing)} and not ${affected(listing)} and ${doubted}`
}

/** Whether the scope lets anybody be called "not affected". */
export function isCovered({ incident: { scope } }: Listing): boolean {
  return scope !== null && scope.gaps.length === 0
}

function keyOf({ sort }: Listing, part: Part): Condition | undefined {
  if (sort === 'address' || part !== 'affected') return undefined
  return sql.ref(sort === 'count' ? 'lost_count' : 'last_lost_at')
}

/** The rows of a part beyond a place, as conditions that each are one range of an index, in the list's order. */
export function rangesBeyond(listing: Listing, { part, from, reversed }: Step): Condition[] {
  if (!from) return [sql`true`]
  const { email, key: at } = from
  const further = reversed ? sql`email < ${email}` : sql`email > ${email}`
  const key = keyOf(listing, part)
  if (!key) return [further]
  if (at === null) {
    const unknown = sql`${key} is null and ${further}`
    return reversed ? [unknown, sql`${key} is not null`] : [unknown]
  }
  const same = sql`${key} = ${at} and ${further}`
  return reversed ? [same, sql`${key} > ${at}`] : [same, sql`${key} < ${at}`, sql`${key} is null`]
}

export function orderOf(listing: Listing, { part, reversed }: Step): Condition {
  const key = keyOf(listing, part)
  const byEmail = reversed ? sql`email desc` : sql`email`
  if (!key) return byEmail
  return reversed ? sql`${key} asc nulls first, ${byEmail}` : sql`${key} desc nulls last, ${byEmail}`
}
