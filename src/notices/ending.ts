import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import type { Key } from './claim.ts'
import { holds, plannedAgain } from './superseded.ts'

export type Ended =
  | { outcome: 'accepted'; response: string }
  | { outcome: 'failed'; response: string }
  | { outcome: 'unknown'; response: string }
  /** Tried again later. */
  | { outcome: 'deferred'; response: string }
  /** The connection broke before it was handed over. */
  | { outcome: 'dropped'; response: string }
  /** It was not even begun. */
  | { outcome: 'returned'; response: string }

/** Of a message that waits for its mail server, in seconds: 5 minutes, doubled up to 2 hours. */
const firstDelay = 300
const longestDelay = 7_200
/** After a connection that broke, in seconds, times the attempts. */
const delayOfDropped = 2
/** Attempts after which a temporary refusal is a permanent one: about a day. */
const attemptsAtMost = 18
/** Of a destination that refuses for the moment: 30 s, doubled up to 30 minutes. */
const firstPause = 30
const longestPause = 1_800

/**
 * Writes down what became of them. One that was given up as unknown meanwhile is known now. A destination that took
 * one is no longer left alone. What was to be tried again and no longer holds is cancelled.
 */
export async function endSending(db: Database, worker: string, ended: (Key & Ended & { domain: string })[]) {
  const column = (values: string[]) => sql`${values}::text[]`
  const again = sql`(k.outcome = 'returned'
    or (k.outcome in ('deferred', 'dropped') and n.attempts < ${attemptsAtMost}))`
  await sql`
    with ends as (
      select * from unnest(${ended.map(({ account_id }) => account_id)}::bigint[],
        ${ended.map(({ id }) => id)}::bigint[], ${column(ended.map(({ outcome }) => outcome))},
        ${column(ended.map(({ response }) => response))}, ${column(ended.map(({ domain }) => domain))})
        as k (account_id, id, outcome, response, domain)
    ),
    open_again as (
      update notice_domains set failures = 0, not_before = '-infinity'
      where failures > 0 and domain in (select domain from ends where outcome = 'accepted')
    )
    update notices n set
      state = case when ${again} and not ${holds} then 'cancelled' when ${again} then 'planned' when k.outcome in ('deferred', 'dropped') then 'failed'
        else k.outcome end,
      attempts = n.attempts - (k.outcome = 'returned')::int,
      due_at = case k.outcome
        when 'deferred' then now() + make_interval(secs =>
          least(${firstDelay} * 2.0 ^ (n.attempts - 1), ${longestDelay}) * (0.8 + 0.4 * random()))
        when 'dropped' then now() + make_interval(secs => ${delayOfDropped} * n.attempts)
        else n.due_at end,
      ended_at = case when ${again} and ${holds} then null else now() end,
      response = case when ${again} and not ${holds} then 'superseded' else nullif(k.response, '') end
    from ends k
    where n.account_id = k.account_id and n.id = k.id and n.state in ('sending', 'unknown')
      and n.claimed_by = ${worker}`.execute(db)
}

/** Gives back what was not handed over, as if it had not been taken. */
export async function releaseNotices(db: Database, worker: string) {
  await sql`update notices n set ${plannedAgain(null)}, claimed_at = null
    where state = 'claimed' and claimed_by = ${worker}`.execute(db)
}

/** Destinations that refuse for the moment are left alone for a while. */
export async function noteRefusals(db: Database, domains: string[]) {
  for (const domain of domains)
    await sql`update notice_domains set failures = failures + 1, not_before = now() + make_interval(secs =>
        least(${firstPause} * 2.0 ^ least(failures, 10), ${longestPause}))
      where domain = ${domain} and not_before <= now()`.execute(db)
}

/**
 * What workers left that ended without a word: what was only taken is planned again, what may be at the mail server is
 * unknown, for a person or the mail log to settle.
 * @param seconds after which a worker is given up
 */
export async function giveUpLost(db: Database, seconds: number): Promise<{ unknown: number }> {
  const lost = sql`claimed_at < now() - make_interval(secs => ${seconds})`
  await sql`update notices n set ${plannedAgain(null)}, claimed_at = null
    where state = 'claimed' and ${lost}`.execute(db)
  const { rows } = await sql`update notices set state = 'unknown', ended_at = now(),
      response = 'the worker ended while the message was under way'
    where state = 'sending' and ${lost} returning 1`.execute(db)
  return { unknown: rows.length }
}
