import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { type ListedAddress, readFacts } from './facts.ts'
import { isReversed, type Listing, type Part, type Place, partsFrom, type Step } from './places.ts'
import { beginSearch, type Found } from './searches.ts'
import { tested, wayThrough } from './steps.ts'

/** Where a link leads: beyond an address, to an end, or to the beginning; `part` where a search stopped at it. */
export type Turn = { after?: string; before?: string; part?: Part }

/**
 * `previous` and `next` are `null` where there is nothing. A page that `stopped` has looked at a piece of the
 * list only; there the search goes on.
 */
export type AddressPage = {
  addresses: ListedAddress[]
  previous: Turn | null
  next: Turn | null
  stopped: 'previous' | 'next' | null
}
export type Paging = { from?: Place | undefined; backwards: boolean }

const pageLength = 50
const batchLength = 5_000

/** A page of a contract's addresses after or before a place, from the start or from the end. */
export async function listAddresses(
  db: Database,
  listing: Listing,
  { from, backwards }: Paging
): Promise<AddressPage> {
  const { rows, stop } = await findRows(db, listing, { from, backwards, length: pageLength + 1 })
  const addresses = rows.slice(0, pageLength)
  const onwards = rows.length > pageLength ? addresses.at(-1) : stop
  const back = addresses[0] ?? stop
  if (backwards) {
    const next = back ? beyond('after', back) : {}
    const previous = onwards ? beyond('before', onwards) : null
    return {
      addresses: addresses.reverse(),
      previous,
      next: from ? next : null,
      stopped: stop ? 'previous' : null
    }
  }
  const previous = back ? beyond('before', back) : { before: 'end' }
  const next = onwards ? beyond('after', onwards) : null
  return { addresses, previous: from ? previous : null, next, stopped: stop ? 'next' : null }

  function beyond(side: 'after' | 'before', address: ListedAddress): Turn {
    return { [side]: address.id, ...(address === stop && { part: stop.place.part }) }
  }
}

/**
 * All addresses of a listing, some thousands at a time. Each batch is a query of its own: however slowly
 * they are taken, no connection waits and no statement runs into its time limit.
 */
export async function* streamAddresses(db: Database, listing: Listing): AsyncGenerator<ListedAddress[]> {
  let from: Place | undefined
  for (;;) {
    const { rows, stop } = await findRows(db, listing, { from, backwards: false, length: batchLength })
    yield rows
    if (rows.length < batchLength && !stop) return
    from = (stop ?? rows.at(-1))?.place
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
): Promise<Found> {
  const reversed = isReversed(listing, backwards)
  const rows: ListedAddress[] = []
  const find = listing.text ? await beginSearch(db, listing, length) : findStep
  let start = from
  for (const part of partsFrom(listing, from, reversed)) {
    const step = { part, from: start, reversed, length: length - rows.length }
    const found = await find(step)
    rows.push(...found.rows)
    if (rows.length === length) break
    if (found.stop) return { rows, stop: found.stop }
    start = undefined
  }
  return { rows }

  async function findStep(step: Step): Promise<Found> {
    return { rows: await readFacts(db, listing, tested(await wayThrough(db, listing, step), listing, step)) }
  }
}
