import { sql } from 'kysely'
import type {
  AccountKind,
  Database,
  DatabaseTransaction,
  Language,
  NoticeKind,
  NoticeState
} from '../database/tables.ts'
import { codeColumn } from './code.ts'
import { type Pace, paceOf, type Standing } from './pace.ts'
import { holds } from './superseded.ts'

/** A notice that a worker has taken, with what its text needs. */
export type Claimed = {
  account_id: string
  id: string
  kind: NoticeKind
  recipient: string
  domain: string
  language: Language
  token: string
  /** What a reader compares with the portal. */
  code: string
  attempts: number
  addresses: number
  name: string
  account_kind: AccountKind
  /** The first of them, affected ones first. */
  listed: { email: string; affected: boolean; lost: number | null }[]
  /** Of a notice of kind `report`: what was corrected, and why. */
  report: { number: number; reason_ja: string; reason_en: string } | null
}

/** Addresses that a notice lists by name; of more it tells the number. */
const listedAtMost = 20
/** Destinations that one claim spreads over. */
const domainsAtOnce = 8

/**
 * Takes notices of an incident that are due, as many as the rates allow, for one worker: no other sees them.
 * @returns its pace; undefined while the sending is paused
 */
export async function claimNotices(
  db: Database,
  { incidentId, worker, limit }: { incidentId: string; worker: string; limit: number }
): Promise<{ claimed: Claimed[]; pace: Pace | undefined }> {
  return db.transaction().execute(async tx => {
    const standing = await lockStanding(tx, incidentId)
    if (!standing) return { claimed: [], pace: undefined }
    const pace = paceOf(standing)
    const room = Math.floor(Math.min(limit, pace.allowance, pace.waveLeft ?? limit))
    const domainRate = standing.domain_rate
    const taken = room < 1 ? [] : await take(tx, incidentId, { worker, room, domainRate })
    await spend(tx, incidentId, { standing, pace, taken: taken.length })
    if (domainRate !== null) await spendOfDomains(tx, taken, domainRate)
    return { claimed: await describeNotices(tx, incidentId, taken), pace }
  })
}

/** One worker at a time. Nothing while the sending is paused. */
async function lockStanding(tx: DatabaseTransaction, incidentId: string): Promise<Standing | undefined> {
  const { rows } = await sql<Standing>`
    select rate, domain_rate, allowance, heeds_login, brake, wave_size, wave_left,
      extract(epoch from clock_timestamp() - refilled_at)::float8 as since,
      extract(epoch from clock_timestamp() - braked_at)::float8 as since_braked,
      extract(epoch from clock_timestamp() - (select max(last_at) from activity where what = 'turned away'))::float8
        as since_refused,
      extract(epoch from wave_from - clock_timestamp())::float8 as wave_wait
    from notice_sendings where incident_id = ${incidentId} and not paused for update`.execute(tx)
  return rows[0]
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

type Spent = { standing: Standing; pace: Pace; taken: number }

async function spend(tx: DatabaseTransaction, incidentId: string, { standing, pace, taken }: Spent) {
  const { allowance, brake, waveLeft } = pace
  await sql`update notice_sendings set allowance = ${allowance - taken}::float8,
      refilled_at = refilled_at + make_interval(secs => ${standing.since}::float8),
      brake = ${brake}, braked_at = case when brake = ${brake} then braked_at else clock_timestamp() end,
      wave_left = ${waveLeft === null ? null : waveLeft - taken}::integer,
      wave_from = case when ${taken > 0 && waveLeft === taken}
        then clock_timestamp() + make_interval(secs => coalesce(wave_pause, 0)) else wave_from end
    where incident_id = ${incidentId}`.execute(tx)
}

async function spendOfDomains(tx: DatabaseTransaction, taken: Taken[], domainRate: number) {
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
    select n.account_id, n.id, n.kind, n.recipient, n.domain, n.language, n.token, ${sql.raw(codeColumn)} as code, n.attempts, n.addresses,
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

export type Key = { account_id: string; id: string }

function pairs(keys: Key[]) {
  return sql`unnest(${keys.map(({ account_id }) => account_id)}::bigint[], ${keys.map(({ id }) => id)}::bigint[])`
}

/**
 * Commits that these are handed to the mail server now, before a byte of them is: what becomes of them after a crash
 * is unknown, and of no others. What no longer holds is cancelled. May be done again where the answer got lost.
 * @returns the ids of those that are this worker's to send
 */
export async function beginSending(db: Database, worker: string, keys: Key[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string; state: NoticeState }>`
    update notices n set state = case when ${holds} then 'sending' else 'cancelled' end,
      attempts = attempts + ${holds}::int, claimed_at = now(),
      ended_at = case when ${holds} then ended_at else now() end,
      response = case when ${holds} then response else 'superseded' end
    from ${pairs(keys)} as k (account_id, id)
    where n.account_id = k.account_id and n.id = k.id and n.state in ('claimed', 'sending')
      and n.claimed_by = ${worker}
    returning n.id, n.state`.execute(db)
  return new Set(rows.filter(({ state }) => state === 'sending').map(({ id }) => id))
}
