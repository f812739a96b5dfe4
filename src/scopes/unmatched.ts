import type pg from 'pg'
import { copyToFile, inTransaction } from '../database/copy.ts'
import { cell } from './cells.ts'

/** `extension`: without its +… it would be an address of a member, who is in doubt; `owned_now`: the next load finds its owner. */
type UnmatchedReason = 'no_owner' | 'extension' | 'owned_now' | 'other_domain' | 'outside_window' | 'no_word'

/** The domains with the most recipients, and all of a reason with `domain` null. */
export type UnmatchedCount = { reason: UnmatchedReason; domain: string | null; recipients: number }

type Wanted = {
  scopeId: string
  zone: string
  /** A CSV file in which every recipient is written, if anywhere. */
  out: string | undefined
}

/** Recipients that a scope has apart, counted by reason and domain: the 20 most frequent of each reason. */
export async function listUnmatched(
  pool: pg.Pool,
  { scopeId, zone, out }: Wanted
): Promise<UnmatchedCount[]> {
  return inTransaction(pool, async client => {
    await client.query(`create temp table unmatched on commit drop as ${recipients(scopeId)}`)
    if (out) await copyToFile(client, rows(client.escapeLiteral(zone)), out)
    return (await client.query<UnmatchedCount>(counts)).rows
  })
}

function recipients(scopeId: string): string {
  return `
    select email, split_part(email, '@', -1) as domain, lost_count, first_lost_at, last_lost_at,
      owned.account_id,
      case
        when reason <> 'no_owner' then reason
        when owned.account_id is not null then 'owned_now'
        when exists (select from addresses as plain
          where plain.email = ${withoutExtension('unmatched_recipients.email')}) then 'extension'
        else reason
      end as reason
    from unmatched_recipients left join addresses as owned using (email)
    where scope_id = ${scopeId} and reason <> 'extension'`
}

/** The address in a column without `+…`; the same where it has none. */
export function withoutExtension(email: string): string {
  return `regexp_replace(${email}, '[+][^@]*@', '@')`
}

function rows(zone: string): string {
  const local = (time: string) => `to_char(${time} at time zone ${zone}, 'YYYY-MM-DD HH24:MI:SS')`
  return `
    select ${cell('email')} as address, domain, reason, lost_count, ${local('first_lost_at')} as first_lost,
      ${local('last_lost_at')} as last_lost, ${cell('login_id')} as login_id
    from unmatched left join accounts on accounts.id = account_id
    order by email, reason`
}

const counts = `
  select reason, domain, recipients from (
    select reason, domain, count(*)::int as recipients, grouping(domain) as whole,
      row_number() over (partition by reason, grouping(domain) order by count(*) desc, domain) as number
    from unmatched group by grouping sets ((reason), (reason, domain))
  ) as counted
  where number <= 20
  order by reason, whole desc, number`

/** A few recipients of each reason, for a person to look at. */
export async function sampleUnmatched(pool: pg.Pool, scopeId: string) {
  const { rows } = await pool.query<{ email: string; reason: UnmatchedReason }>(
    `select email, reason from (
       select email, reason, row_number() over (partition by reason order by email) as number
       from (${recipients(scopeId)}) as unmatched
     ) as numbered
     where number <= 5 order by reason, email limit 20`
  )
  return rows
}
