import { sql } from 'kysely'
import type { AccountKind, Database, DatabaseTransaction, Language, NoticeKind } from '../database/tables.ts'

/** A notice that a worker has taken, with what its text needs. */
export type Claimed = {
  account_id: string
  id: string
  kind: NoticeKind
  recipient: string
  domain: string
  language: Language
  token: string
  attempts: number
  addresses: number
  name: string
  account_kind: AccountKind
  /** The first of them, affected ones first. */
  listed: { email: string; affected: boolean; lost: number | null }[]
  /** Of a notice of kind `report`: what was corrected, and why. */
  report: { number: number; reason_ja: string; reason_en: string } | null
}

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

/** Addresses that a notice lists by name; of more it tells the number. */
const listedAtMost = 20
/** Destinations that one claim spreads over. */
const domainsAtOnce = 8
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
 * Takes notices of an incident that are due, as many as the rates allow, for one worker: no other sees them.
 * @returns milliseconds until more may be allowed, where the rate stopped it
 */
export async function claimNotices(
  db: Database,
  { incidentId, worker, limit }: { incidentId: string; worker: string; limit: number }
): Promise<{ claimed: Claimed[]; wait: number }> {
  return db.transaction().execute(async tx => {
    const sending = await refill(tx, incidentId)
    if (!sending) return { claimed: [], wait: 1_000 }
    const room = Math.min(limit, Math.floor(sending.allowance))
    if (room < 1) return { claimed: [], wait: Math.ceil((1_000 * (1 - sending.allowance)) / sending.rate) }
    const taken = await take(tx, incidentId, { worker, room, domainRate: sending.domain_rate })
    if (taken.length > 0) await spend(tx, incidentId, taken, sending.domain_rate)
    return { claimed: await describeNotices(tx, incidentId, taken), wait: 0 }
  })
}

/** All workers draw on one allowance, of a second at the most. Nothing while the sending is paused. */
async function refill(tx: DatabaseTransaction, incidentId: string) {
  return tx
    .updateTable('notice_sendings')
    .set({
      allowance: sql`least(greatest(rate, 1),
        allowance + extract(epoch from clock_timestamp() - refilled_at)::float8 * rate)`,
      refilled_at: sql`clock_timestamp()`
    })
    .where('incident_id', '=', incidentId)
    .where('paused', '=', false)
    .returning(['allowance', 'rate', 'domain_rate'])
    .executeTakeFirst()
}

type Taken = { account_id: string; id: string; domain: string }

async function take(
  tx: DatabaseTransaction,
  incidentId: string,
  { worker, room, domainRate }: { worker: string; room: number; domainRate: number | null }
): Promise<Taken[]> {
  const { rows } = await sql<Taken>`
    with open_domains as materialized (
      select domain, case when ${domainRate}::float8 is null then ${room} else floor(least(
          greatest(${domainRate}::float8, 1),
          allowance + extract(epoch from clock_timestamp() - refilled_at)::float8 * ${domainRate}::float8
        ))::int end as room
      from notice_domains d
      where not_before <= now() and exists (select from notices n
        where n.incident_id = ${incidentId} and n.domain = d.domain and n.state = 'planned' and n.due_at <= now())
      order by random() limit ${domainsAtOnce}
    ),
    due as (
      select n.account_id, n.id from open_domains d cross join lateral (
        select account_id, id from notices
        where incident_id = ${incidentId} and domain = d.domain and state = 'planned' and due_at <= now()
        order by due_at, id limit greatest(least(d.room, ${room}), 0) for update skip locked
      ) n limit ${room}
    )
    update notices n
    set state = 'claimed', claimed_by = ${worker}, claimed_at = now(), response = null
    from due where n.account_id = due.account_id and n.id = due.id
    returning n.account_id, n.id, n.domain`.execute(tx)
  return rows
}

async function spend(tx: DatabaseTransaction, incidentId: string, taken: Taken[], domainRate: number | null) {
  await sql`update notice_sendings set allowance = allowance - ${taken.length}
    where incident_id = ${incidentId}`.execute(tx)
  if (domainRate === null) return
  const counts = [...Map.groupBy(taken, ({ domain }) => domain)].sort(([one], [other]) =>
    one < other ? -1 : 1
  )
  for (const [domain, { length }] of counts)
    await sql`update notice_domains set refilled_at = clock_timestamp(),
        allowance = least(greatest(${domainRate}::float8, 1), allowance
          + extract(epoch from clock_timestamp() - refilled_at)::float8 * ${domainRate}::float8) - ${length}
      where domain = ${domain}`.execute(tx)
}

/** What the texts of notices need, of the scope that is published now. */
export async function describeNotices(
  tx: DatabaseTransaction,
  incidentId: string,
  taken: Key[]
): Promise<Claimed[]> {
  if (taken.length === 0) return []
  const { rows } = await sql<Claimed>`
    select n.account_id, n.id, n.kind, n.recipient, n.domain, n.language, n.token, n.attempts, n.addresses,
      a.name, a.kind as account_kind,
      (select coalesce(json_agg(l), '[]') from (
        select na.email, na.affected, f.lost_count as lost
        from notice_addresses na
        left join scopes s on s.incident_id = ${incidentId} and s.state = 'published'
        left join affected_addresses f
          on f.account_id = na.account_id and f.scope_id = s.id and f.email = na.email
        where na.account_id = n.account_id and na.notice_id = n.id
        order by na.affected desc, na.email limit ${listedAtMost}
      ) l) as listed,
      (select json_build_object('number', d.number, 'reason_ja', r.reason_ja, 'reason_en', r.reason_en)
        from report_revisions r join report_drafts d on d.id = r.report_id
        where r.report_id = n.report_id and r.revision = n.revision) as report
    from notices n join accounts a on a.id = n.account_id
    where (n.account_id, n.id) in (select * from ${pairs(taken)})`.execute(tx)
  return rows
}

type Key = { account_id: string; id: string }

function pairs(keys: Key[]) {
  return sql`unnest(${keys.map(({ account_id }) => account_id)}::bigint[], ${keys.map(({ id }) => id)}::bigint[])`
}

/**
 * Commits that these are handed to the mail server now, before a byte of them is: what becomes of them after a crash
 * is unknown, and of no others. May be done again where the answer got lost.
 * @returns the ids of those that are still this worker's
 */
export async function beginSending(db: Database, worker: string, keys: Key[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    update notices n set state = 'sending', attempts = attempts + 1, claimed_at = now()
    from ${pairs(keys)} as k (account_id, id)
    where n.account_id = k.account_id and n.id = k.id and n.state in ('claimed', 'sending')
      and n.claimed_by = ${worker}
    returning n.id`.execute(db)
  return new Set(rows.map(({ id }) => id))
}

/** Writes down what became of them. One that was given up as unknown meanwhile is known now. */
export async function endSending(db: Database, worker: string, ended: (Key & Ended)[]) {
  const column = (values: string[]) => sql`${values}::text[]`
  const again = sql`(k.outcome = 'returned'
    or (k.outcome in ('deferred', 'dropped') and n.attempts < ${attemptsAtMost}))`
  await sql`
    update notices n set
      state = case when ${again} then 'planned' when k.outcome in ('deferred', 'dropped') then 'failed'
        else k.outcome end,
      attempts = n.attempts - (k.outcome = 'returned')::int,
      due_at = case k.outcome
        when 'deferred' then now() + make_interval(secs =>
          least(${firstDelay} * 2.0 ^ (n.attempts - 1), ${longestDelay}) * (0.8 + 0.4 * random()))
        when 'dropped' then now() + make_interval(secs => ${delayOfDropped} * n.attempts)
        else n.due_at end,
      ended_at = case when ${again} then null else now() end,
      response = nullif(k.response, '')
    from unnest(${ended.map(({ account_id }) => account_id)}::bigint[], ${ended.map(({ id }) => id)}::bigint[],
      ${column(ended.map(({ outcome }) => outcome))}, ${column(ended.map(({ response }) => response))})
      as k (account_id, id, outcome, response)
    where n.account_id = k.account_id and n.id = k.id and n.state in ('sending', 'unknown')
      and n.claimed_by = ${worker}`.execute(db)
}

/** Gives back what was not handed over, as if it had not been taken. */
export async function releaseNotices(db: Database, worker: string) {
  await sql`update notices set state = 'planned', claimed_by = null, claimed_at = null
    where state = 'claimed' and claimed_by = ${worker}`.execute(db)
}

/** A destination that refuses for the moment is left alone for a while; one that takes mail, no longer. */
export async function noteDomains(db: Database, { refused, took }: { refused: string[]; took: string[] }) {
  for (const domain of refused)
    await sql`update notice_domains set failures = failures + 1, not_before = now() + make_interval(secs =>
        least(${firstPause} * 2.0 ^ least(failures, 10), ${longestPause}))
      where domain = ${domain} and not_before <= now()`.execute(db)
  if (took.length > 0)
    await sql`update notice_domains set failures = 0, not_before = '-infinity'
      where domain = any(${took}) and failures > 0`.execute(db)
}

/**
 * What workers left that ended without a word: what was only taken is planned again, what may be at the mail server is
 * unknown, for a person or the mail log to settle.
 * @param seconds after which a worker is given up
 */
export async function giveUpLost(db: Database, seconds: number): Promise<{ unknown: number }> {
  const lost = sql`claimed_at < now() - make_interval(secs => ${seconds})`
  await sql`update notices set state = 'planned', claimed_by = null, claimed_at = null
    where state = 'claimed' and ${lost}`.execute(db)
  const { rows } = await sql`update notices set state = 'unknown', ended_at = now(),
      response = 'the worker ended while the message was under way'
    where state = 'sending' and ${lost} returning 1`.execute(db)
  return { unknown: rows.length }
}
