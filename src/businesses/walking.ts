import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import {
  affected,
  type Condition,
  doubt,
  isCovered,
  isReversed,
  keyOf,
  type Listing,
  orderOf,
  type Place,
  partsOf,
  rangesBeyond,
  type Step
} from './places.ts'

type Walk = { listing: Listing; reversed: boolean; length: number; from: Place | undefined }
type Part = ReturnType<typeof partsOf>[number]

/**
 * The addresses of a step in order, as `email` and their number `n`: one index range after the other,
 * each row tested for what its part of the list means. A search goes at most 400 times its length far.
 */
export async function walking(db: Database, listing: Listing, step: Step): Promise<RawBuilder<unknown>> {
  const { from, length } = step
  const reversed = isReversed(listing, step)
  const parts = partsOf(listing, reversed)
  const start = from ? Math.max(0, parts.indexOf(from.part)) : 0
  const ranges: RawBuilder<unknown>[] = []
  for (const [at, part] of parts.slice(start).entries())
    ranges.push(
      ...(await rangesOf(db, part, { listing, reversed, length, from: at === 0 ? from : undefined }))
    )
  if (ranges.length === 0) return sql`select '' as email, 1 as n where false`
  const { text } = listing
  // An Append gives its ranges one after the other, and no more of them than are asked for.
  return sql`
    select w.email, row_number() over () as n
    from (${sql.join(ranges, sql` union all `)} ${text ? sql`limit ${length * 400}` : sql``}) as w
    where ${text ? sql`w.email like ${text.like}` : sql`true`}
      and case w.part ${sql.join(
        parts.map(part => meaningOf(part, listing)),
        sql` `
      )} end
    limit ${length}`
}

async function rangesOf(db: Database, part: Part, walk: Walk): Promise<RawBuilder<unknown>[]> {
  const { listing, from, reversed } = walk
  const beyond = from ? [reversed ? sql`email < ${from.email}` : sql`email > ${from.email}`] : []
  if (part === 'all') return [addresses(part, beyond, walk)]
  if (part === 'affected') return affectedAddresses(walk)
  if (part === 'undetermined' && isCovered(listing)) return [doubtedAddresses(beyond, walk)]
  if (part === 'not_affected' && !isCovered(listing)) return []
  const stretches = listing.runs ? await betweenRuns(db, walk) : [beyond]
  return stretches.map(stretch => addresses(part, stretch, walk))
}

function affectedAddresses({ listing, from, reversed }: Walk): RawBuilder<unknown>[] {
  const { accountId, scope, domain } = listing
  if (!scope) return []
  const ranges = from ? rangesBeyond(listing, from, reversed) : [sql`true`]
  return ranges.map(
    range => sql`(
      select 'affected' as part, email from affected_addresses
      where account_id = ${accountId} and scope_id = ${scope.id} ${domainIs(domain)} and ${range}
      order by ${orderOf(keyOf(listing), reversed)})`
  )
}

function doubtedAddresses(beyond: Condition[], { listing, reversed }: Walk): RawBuilder<unknown> {
  const { accountId, scope } = listing
  return sql`(
    select 'undetermined' as part, email from doubted_addresses
    where account_id = ${accountId} and scope_id = ${scope?.id} ${all(beyond)}
    order by ${orderOf(undefined, reversed)})`
}

function addresses(part: Part, bounds: Condition[], { listing, reversed }: Walk): RawBuilder<unknown> {
  const { accountId, domain, text } = listing
  const prefix = text?.prefix ? [sql`email like ${text.like}`] : []
  return sql`(
    select ${part} as part, email from addresses
    where account_id = ${accountId} ${domainIs(domain)} ${all([...bounds, ...prefix])}
    order by ${orderOf(undefined, reversed)})`
}

/** The bounds of what lies between the runs beyond the place; a run more than a page has rows is enough. */
async function betweenRuns(db: Database, { listing, from, reversed, length }: Walk): Promise<Condition[][]> {
  const runs = await db
    .selectFrom('affected_runs')
    .select(['first_email as first', 'last_email as last'])
    .where('account_id', '=', listing.accountId)
    .where('scope_id', '=', listing.scope?.id ?? null)
    .where('domain', '=', listing.domain ?? '')
    .$if(from !== undefined && !reversed, query => query.where('first_email', '>', from?.email ?? ''))
    .$if(from !== undefined && reversed, query => query.where('last_email', '<', from?.email ?? ''))
    .orderBy('first_email', reversed ? 'desc' : 'asc')
    .limit(length + 1)
    .execute()
  const ends = runs.map(({ first, last }) =>
    reversed ? { near: last, far: first } : { near: first, far: last }
  )
  const starts = [from?.email, ...ends.map(({ far }) => far)]
  return starts.map((start, at) => {
    const near = ends[at]?.near
    const after = start === undefined ? [] : [reversed ? sql`email < ${start}` : sql`email > ${start}`]
    const until = near === undefined ? [] : [reversed ? sql`email > ${near}` : sql`email < ${near}`]
    return [...after, ...until]
  })
}

function meaningOf(part: Part, listing: Listing): Condition {
  if (part === 'all') return sql`when 'all' then true`
  if (part === 'affected') return sql`when 'affected' then ${owned(listing)}`
  if (part === 'not_affected')
    return sql`when 'not_affected' then not ${affected(listing)} and not ${doubt(listing)}`
  if (!isCovered(listing)) return sql`when 'undetermined' then not ${affected(listing)}`
  return sql`when 'undetermined' then ${owned(listing)} and not ${affected(listing)} and ${doubt(listing)}`
}

function owned({ accountId, domain }: Listing): Condition {
  return sql`(select true from addresses
    where account_id = ${accountId} and email = w.email ${domainIs(domain)}) is not null`
}

function domainIs(domain: string | undefined): Condition {
  return domain === undefined ? sql`` : sql`and domain = ${domain}`
}

function all(conditions: Condition[]): Condition {
  return sql.join(
    conditions.map(condition => sql`and ${condition}`),
    sql` `
  )
}
