import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { type ListedAddress, readFacts } from './facts.ts'
import { findFew } from './few.ts'
import type { Listing, Step } from './places.ts'
import { emailsFrom, sortedFrom, tested, wayThrough } from './steps.ts'

/** Some of what a step asked for; beyond the address `stop`, if there is one, nothing was looked at yet. */
export type Found = { rows: ListedAddress[]; stop?: ListedAddress | undefined }

/** What a page of a search may still do: emails to walk over, and emails found on the way to test. */
type Left = { walk: number; test: number }

type Walk = { step: Step; left: Left }
type Meeting = { step: Step; way: RawBuilder<unknown>; most: number }

/** Some 15 ms' worth. */
const mostWalked = 25_000
/** For each address of a page; some 10 ms' worth for all of them. */
const mostTested = 4 ** 3
/** Of the emails looked at last, how many are asked for one that is still the contract's. */
const tail = 20

/**
 * Begins a page of a search. Hits that are few are all found and answer any step. Many are met on the way
 * through the list, which ends after a bounded piece: the page has what was met until then.
 * @returns the search for one step of the page; all its steps share one bound
 */
export async function beginSearch(db: Database, listing: Listing, length: number) {
  // A contract that is walked at once is not worth a question.
  const few = listing.incident.totals.addresses > mostWalked ? await findFew(db, listing) : undefined
  const left = { walk: mostWalked, test: length * mostTested }
  return async (step: Step): Promise<Found> => {
    if (!few) return walk(db, listing, { step, left })
    return { rows: await readFacts(db, listing, tested(sortedFrom(few, listing, step), listing, step)) }
  }
}

async function walk(db: Database, listing: Listing, { step, left }: Walk): Promise<Found> {
  const way = sql`(select email from ${await wayThrough(db, listing, step)} as way limit ${left.walk}) as way`
  const { hits, rows } = await meet(db, listing, { step, way, most: left.test })
  if (rows.length === step.length) return { rows }
  const ends = hits.length === left.test ? hits.slice(-tail) : await findEnds(db, way, left)
  if (ends.length === 0) {
    left.test -= hits.length
    return { rows }
  }
  const last = sql`select email, row_number() over () as n from ${emailsFrom(ends)} as ends`
  const stop = (await readFacts(db, listing, last)).at(-1)
  if (stop) return { rows, stop: { ...stop, place: { ...stop.place, part: step.part } } }
  // All of them have left the contract, and none can tell a place: further on.
  Object.assign(left, { walk: left.walk * 2, test: left.test * 2 })
  return walk(db, listing, { step, left })
}

/** The first hits on a way, and which of them belong: as few as fill the step, as often all of the first do. */
async function meet(db: Database, listing: Listing, { step, way, most }: Meeting) {
  for (let some = step.length; ; some *= 4) {
    const limit = Math.min(some, most)
    const hits = await findEmails(
      db,
      sql`select email from ${way} where email like ${listing.text?.like} limit ${limit}`
    )
    const rows = await readFacts(db, listing, tested(emailsFrom(hits), listing, step))
    if (rows.length === step.length || hits.length < limit || limit === most) return { hits, rows }
  }
}

/** @returns the last emails of a way that was cut off; none where it ends by itself, which then is taken off `left` */
async function findEnds(db: Database, way: RawBuilder<unknown>, left: Left): Promise<string[]> {
  const { rows } = await sql<{ length: number }>`select count(*)::int as length from ${way}`.execute(db)
  const length = rows[0]?.length ?? 0
  if (length === left.walk)
    return findEmails(db, sql`select email from ${way} offset ${Math.max(0, length - tail)}`)
  left.walk -= length
  return []
}

async function findEmails(db: Database, query: RawBuilder<{ email: string }>): Promise<string[]> {
  const { rows } = await query.execute(db)
  return rows.map(({ email }) => email)
}
