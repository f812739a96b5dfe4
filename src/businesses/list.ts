import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { decide, type Standing, type Verdict } from '../incidents/verdict.ts'
import { evidenceOfDoubt } from './evidence.ts'
import { isReversed, type Listing, type Place, partsFrom, type Step } from './places.ts'
import { gathering, reachesEnd, tested, wayThrough } from './steps.ts'

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

/** `previous` and `next` are ids to page from, `null` where there is nothing. */
export type AddressPage = { addresses: ListedAddress[]; previous: string | null; next: string | null }
export type Paging = { from?: Place | undefined; backwards: boolean }

const pageLength = 50
const batchLength = 5_000

/** A page of a contract's addresses after or before a place, from the start or from the end. */
export async function listAddresses(
  db: Database,
  listing: Listing,
  { from, backwards }: Paging
): Promise<AddressPage> {
  const rows = await findRows(db, listing, { from, backwards, length: pageLength + 1 })
  const more = rows.length > pageLength
  const addresses = rows.slice(0, pageLength)
  if (backwards) addresses.reverse()
  const last = backwards ? from !== undefined : more
  const first = backwards ? more : from !== undefined
  return {
    addresses,
    previous: (first && addresses[0]?.id) || null,
    next: (last && addresses.at(-1)?.id) || null
  }
}

/**
 * All addresses of a listing, some thousands at a time. Each batch is a query of its own: however slowly
 * they are taken, no connection waits and no statement runs into its time limit.
 */
export async function* streamAddresses(db: Database, listing: Listing): AsyncGenerator<ListedAddress[]> {
  let from: Place | undefined
  for (;;) {
    const rows = await findRows(db, listing, { from, backwards: false, length: batchLength })
    yield rows
    if (rows.length < batchLength) return
    from = rows.at(-1)?.place
  }
}

/** One address of the account, with its verdict; somebody else's is simply not found. */
export async function findAddressOfBusiness(
  db: Database,
  listing: Listing,
  id: string
): Promise<ListedAddress | undefined> {
  const { accountId } = listing
  const found = sql`select email, 1 as n from addresses where account_id = ${accountId} and id = ${id}`
  return (await readFacts(db, listing, found))[0]
}

async function findRows(
  db: Database,
  listing: Listing,
  { from, backwards, length }: Paging & { length: number }
): Promise<ListedAddress[]> {
  const reversed = isReversed(listing, backwards)
  const rows: ListedAddress[] = []
  let start = from
  for (const part of partsFrom(listing, from, reversed)) {
    rows.push(...(await findStep(db, listing, { part, from: start, reversed, length: length - rows.length })))
    if (rows.length === length) break
    start = undefined
  }
  return rows
}

/** What a search finds often is found soon on the way; the rest is gathered by its trigrams. */
async function findStep(db: Database, listing: Listing, step: Step): Promise<ListedAddress[]> {
  const way = await wayThrough(db, listing, step)
  const walked = await readFacts(db, listing, tested(way, listing, step))
  if (walked.length === step.length || (await reachesEnd(db, way, listing))) return walked
  return readFacts(db, listing, tested(gathering(listing, step), listing, step))
}

async function readFacts(
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
