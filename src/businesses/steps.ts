import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { type Condition, domainIs } from './evidence.ts'
import { belongs, isCovered, type Listing, orderOf, rangesBeyond, type Step } from './places.ts'

/** Addresses that a search walks over at the most, some milliseconds' worth. */
const searchedAtOnce = 10_000

/**
 * The way through a step's part: one index range after the other, of emails that are yet to be tested. For
 * a search it is at most `searchedAtOnce` long.
 */
export async function wayThrough(db: Database, listing: Listing, step: Step): Promise<Condition> {
  const ranges = await rangesOf(db, listing, step)
  // An Append gives its ranges one after the other, and no more of them than are asked for.
  return sql`(${sql.join(ranges, sql` union all `)} ${listing.text ? sql`limit ${searchedAtOnce}` : sql``})`
}

/** Whether a way leads to the end of its part. */
export async function reachesEnd(db: Database, way: Condition, { text }: Listing): Promise<boolean> {
  if (!text) return true
  const { rows } = await sql<{ length: number }>`select count(*)::int as length from ${way} as way`.execute(
    db
  )
  return (rows[0]?.length ?? 0) < searchedAtOnce
}

/** Of emails in order those that are searched for and belong to the step's part, with their numbers `n`. */
export function tested(emails: Condition, listing: Listing, { part, length }: Step): Condition {
  const { text } = listing
  return sql`
    select w.email, row_number() over () as n from ${emails} as w
    where ${text ? sql`w.email like ${text.like}` : sql`true`}
      and case when true then ${belongs(part, listing)} end
    limit ${length}`
}

/** The emails of a part beyond a place that match the search, gathered by trigrams and sorted; yet to be tested. */
export function gathering(listing: Listing, step: Step): Condition {
  const { accountId, domain, text, incident } = listing
  const byKey = step.part === 'affected' && listing.sort !== 'address'
  const matches = sql`(
    select email from addresses
    where account_id = ${accountId} and email like ${text?.like} ${domainIs(domain)} offset 0)`
  const found = byKey
    ? sql`${matches} as matches join affected_addresses f using (email)
          where f.account_id = ${accountId} and f.scope_id = ${incident.scope?.id ?? null}`
    : sql`${matches} as matches where true`
  const ranges = sql.join(rangesBeyond(listing, step), sql` or `)
  return sql`(select email from ${found} and (${ranges}) order by ${orderOf(listing, step)} offset 0)`
}

async function rangesOf(db: Database, listing: Listing, step: Step): Promise<Condition[]> {
  const { accountId, incident, domain, text } = listing
  const scopeId = incident.scope?.id ?? null
  const order = orderOf(listing, step)
  const prefix = text?.prefix ? sql`and email like ${text.like}` : sql``
  if (step.part === 'affected')
    return rangesBeyond(listing, step).map(
      range => sql`(select email from affected_addresses
        where business and account_id = ${accountId} and scope_id = ${scopeId} ${domainIs(domain)}
          and ${range} ${listing.sort === 'address' ? prefix : sql``}
        order by ${order})`
    )
  if (step.part === 'undetermined' && isCovered(listing))
    return rangesBeyond(listing, step).map(
      range => sql`(select email from doubted_addresses
        where account_id = ${accountId} and scope_id = ${scopeId} and ${range} order by ${order})`
    )
  const stretches =
    step.part !== 'all' && incident.runs ? await betweenRuns(db, listing, step) : rangesBeyond(listing, step)
  return stretches.map(
    stretch => sql`(select email from addresses
      where account_id = ${accountId} ${domainIs(domain)} and ${stretch} ${prefix} order by ${order})`
  )
}

/** What lies between the runs beyond the place; one run more than the step is long is enough. */
async function betweenRuns(db: Database, listing: Listing, step: Step): Promise<Condition[]> {
  const { accountId, incident, domain } = listing
  const { from, reversed, length } = step
  const runs = await db
    .selectFrom('affected_runs')
    .select(
      reversed ? ['last_email as near', 'first_email as far'] : ['first_email as near', 'last_email as far']
    )
    .where('account_id', '=', accountId)
    .where('scope_id', '=', incident.scope?.id ?? null)
    .where('domain', '=', domain ?? '')
    .$if(from !== undefined, query =>
      query.where(reversed ? 'last_email' : 'first_email', reversed ? '<' : '>', from?.email ?? '')
    )
    .orderBy('first_email', reversed ? 'desc' : 'asc')
    .limit(length + 1)
    .execute()
  const [beyond, before] = reversed ? [sql`<`, sql`>`] : [sql`>`, sql`<`]
  const starts = [from?.email, ...runs.map(({ far }) => far)]
  return starts.map((start, at) => {
    const near = runs[at]?.near
    const after = start === undefined ? sql`true` : sql`email ${beyond} ${start}`
    return near === undefined ? after : sql`${after} and email ${before} ${near}`
  })
}
