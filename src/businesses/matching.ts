import { type RawBuilder, sql } from 'kysely'
import {
  type Condition,
  doubt,
  isCovered,
  isReversed,
  keyOf,
  type Listing,
  orderOf,
  type Place,
  rangesBeyond,
  type Step,
  verdicts
} from './places.ts'

/** The addresses of a step in order, as `email` and their number `n`: all that match the search, sorted. */
export function matching(listing: Listing, step: Step): RawBuilder<unknown> {
  const { accountId, scope, domain, text, verdict, sort } = listing
  const reversed = isReversed(listing, step)
  const byPart = reversed ? sql`part desc, ` : sql`part, `
  return sql`
    select email, row_number() over () as n from (
      select w.email, f.lost_count, f.last_lost_at, ${partOf(listing)} as part
      from (
        select email from addresses
        where account_id = ${accountId} and email like ${text?.like}
          and ${domain === undefined ? sql`true` : sql`domain = ${domain}`}
        offset 0
      ) as w
      left join affected_addresses f
        on f.account_id = ${accountId} and f.scope_id = ${scope?.id ?? null} and f.email = w.email
    ) as placed
    where ${verdict ? sql`part = ${verdicts.indexOf(verdict)}` : sql`true`}
      and ${step.from ? beyond(listing, step.from, reversed) : sql`true`}
    order by ${sort === 'address' ? sql`` : byPart} ${orderOf(keyOf(listing), reversed)}
    limit ${step.length}`
}

/** The part's number in the order of the list. */
function partOf(listing: Listing): RawBuilder<unknown> {
  if (!isCovered(listing)) return sql`case when f.email is not null then 0 else 1 end`
  return sql`case when f.email is not null then 0 when ${doubt(listing)} then 1 else 2 end`
}

function beyond(listing: Listing, from: Place, reversed: boolean): Condition {
  const here = sql`(${sql.join(rangesBeyond(listing, from, reversed), sql` or `)})`
  if (listing.sort === 'address') return here
  const part = verdicts.indexOf(from.part)
  return sql`(${reversed ? sql`part < ${part}` : sql`part > ${part}`} or part = ${part} and ${here})`
}
