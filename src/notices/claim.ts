import { sql } from 'kysely'
import type { AccountKind, Database, DatabaseTransaction, Language, NoticeKind } from '../database/tables.ts'
import { codeColumn } from './code.ts'

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
}

/** Addresses that a notice lists by name; of more it tells the number. */
const listedAtMost = 20
/** Destinations that one claim spreads over. */
const domainsAtOnce = 8

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
      ) l) as listed
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
