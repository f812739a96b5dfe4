import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { domainIs } from './evidence.ts'
import type { Listing } from './places.ts'

/** So many can be found, sorted and tested anew for each page, in some 20 ms. */
const most = 3_000
/** Addresses of all contracts that may have the rarest of several parts; far fewer of them have the others, too. */
const mostWithPart = 10_000

/**
 * All emails of a contract and domain that match a search.
 * @returns undefined where they are not known to be few
 */
export function findFew(db: Database, listing: Listing): Promise<string[] | undefined> {
  return listing.text?.prefix ? findBeginning(db, listing) : findContaining(db, listing)
}

async function findBeginning(db: Database, { accountId, domain, text }: Listing) {
  const { rows } = await sql<{ email: string }>`
    select email from addresses where account_id = ${accountId} and email like ${text?.like} ${domainIs(domain)}
    order by email limit ${most + 1}`.execute(db)
  return rows.length <= most ? rows.map(({ email }) => email) : undefined
}

async function findContaining(db: Database, { accountId, domain, text }: Listing) {
  const parts = await rareOf(db, text?.parts ?? [])
  if (parts.length === 0) return undefined
  const likes = parts.map(part => sql`email like ${`%${part}%`}`)
  // In a "with" of its own the index is chosen as if for all rows, and read for no more than are asked for.
  const { rows } = await sql<{ looked: number; emails: string[] | null }>`
    with looked as materialized (
      select account_id, domain, email from addresses where ${sql.join(likes, sql` and `)})
    select count(*)::int as looked, array_agg(email) filter (
      where account_id = ${accountId} and email like ${text?.like} ${domainIs(domain)}) as emails
    from (select * from looked limit ${most + 1}) as looked`.execute(db)
  const [found] = rows
  return found && found.looked <= most ? (found.emails ?? []) : undefined
}

/**
 * Up to three parts that the fewest addresses have, by the sample of them that ANALYZE keeps; each part that
 * a tenth of them have would cost the index milliseconds.
 * @returns none where too many addresses are to be expected that have all of them
 */
async function rareOf(db: Database, parts: string[]): Promise<string[]> {
  const { rows } = await sql<{ part: string; addresses: number }>`
    with sample as materialized (
      select unnest(histogram_bounds::text::text[]) as email from pg_stats
      where schemaname = current_schema and tablename = 'addresses' and attname = 'email'
    )
    select part, times * (select reltuples from pg_class where oid = 'addresses'::regclass)
      / greatest((select count(*) from sample), 1) as addresses
    from unnest(${parts}::text[]) as part, lateral (
      select count(*) as times from (select from sample where strpos(email, part) > 0 limit 100) as found
    ) as counted
    where times < 100 order by times limit 3`.execute(db)
  const rarest = rows[0]?.addresses ?? Infinity
  return rarest <= (rows.length > 1 ? mostWithPart : most) ? rows.map(({ part }) => part) : []
}
