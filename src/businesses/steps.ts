import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { type Condition, domainIs } from './evidence.ts'
import { belongs, isCovered, type Listing, orderOf, type Part, rangesBeyond, type Step } from './places.ts'

/** The way through a step's part: one index range after the other, of emails that are yet to be tested. */
export async function wayThrough(db: Database, listing: Listing, step: Step): Promise<Condition> {
  // An Append gives its ranges one after the other, and no more of them than are asked for.
  return sql`(${sql.join(await rangesOf(db, listing, step), sql` union all `)})`
}

/** Emails that are known, in their order. */
export function emailsFrom(emails: string[]): Condition {
  return sql`(select email collate "C" as email from unnest(${emails}::text[]) as email)`
}

/** Of emails in any order those that a step's way would come to, in its order. */
export function sortedFrom(emails: string[], listing: Listing, step: Step): Condition {
  const noted = notedIn(listing, step.part)
  const scopeId = listing.incident.scope?.id ?? null
  const met = noted
    ? sql`join ${sql.table(noted)} using (email) where account_id = ${listing.accountId} and scope_id = ${scopeId}`
    : sql`where true`
  const ranges = sql.join(rangesBeyond(listing, step), sql` or `)
  return sql`(select email from ${emailsFrom(emails)} as known ${met} and (${ranges})
    order by ${orderOf(listing, step)} offset 0)`
}

/** Of emails in order those that belong to the step's part, with their numbers `n`. */
export function tested(emails: Condition, listing: Listing, { part, length }: Step): Condition {
  return sql`
    select w.email, row_number() over () as n from ${emails} as w
    where case when true then ${belongs(part, listing)} end
    limit ${length}`
}

/** The table that has all addresses of a part, if there is one. */
function notedIn(listing: Listing, part: Part) {
  if (part === 'affected') return 'affected_addresses'
  return part === 'undetermined' && isCovered(listing) ? 'doubted_addresses' : undefined
}

async function rangesOf(db: Database, listing: Listing, step: Step): Promise<Condition[]> {
  const { accountId, incident, domain, text } = listing
  const scopeId = incident.scope?.id ?? null
  const order = orderOf(listing, step)
  const prefix = text?.prefix ? sql`and email like ${text.like}` : sql``
  // Without the word "business", which goes without saying, all of them stand in order in the primary key alone.
  const indexed = listing.sort === 'address' && !domain ? sql`` : sql`business and`
  if (step.part === 'affected')
    return rangesBeyond(listing, step).map(
      range => sql`(select email from affected_addresses
        where ${indexed} account_id = ${accountId} and scope_id = ${scopeId} ${domainIs(domain)}
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
