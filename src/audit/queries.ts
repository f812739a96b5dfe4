import { sql } from 'kysely'
import type { ActorKind, Database } from '../database/tables.ts'

/** Events that fit all of it; days in ISO form, in the desk's time zone, `to` is the last one. */
export type AuditFilter = {
  action?: string | undefined
  actorKind?: ActorKind | undefined
  actor?: string | undefined
  from?: string | undefined
  to?: string | undefined
  /** The login ID of an account. */
  account?: string | undefined
}

export type ListedEvent = Awaited<ReturnType<typeof readEvents>>[number]
/** `previous` and `next` are ids to page from, `null` where there is nothing; the newest event comes first. */
export type EventPage = { events: ListedEvent[]; previous: string | null; next: string | null }
/** From and to which id, both of them in. */
type Bounds = { first: string; last: string }

/** The time zone in which a day of the filter begins and ends. */
export const zone = 'Asia/Tokyo'
const pageLength = 50
const batchLength = 1_000

/** One page of the events that fit, before or after one of them. */
export async function listEvents(
  db: Database,
  filter: AuditFilter,
  { before, after }: { before?: string | undefined; after?: string | undefined }
): Promise<EventPage> {
  const bounds = await boundsOf(db, filter)
  const forwards = after !== undefined
  const at = { before, after, limit: pageLength + 1 }
  const rows = await readEvents(db, filter, { ...bounds, ...at })
  const more = rows.length > pageLength
  const events = rows.slice(0, pageLength)
  if (forwards) events.reverse()
  return {
    events,
    previous: (forwards ? more : before !== undefined) ? (events[0]?.id ?? null) : null,
    next: forwards || more ? (events.at(-1)?.id ?? null) : null
  }
}

/** All that fit, the newest first, in batches; those that come into being meanwhile are left out. */
export async function* streamEvents(db: Database, filter: AuditFilter) {
  const bounds = await boundsOf(db, filter)
  let before: string | undefined
  for (;;) {
    const batch = await readEvents(db, filter, { ...bounds, before, limit: batchLength })
    if (batch.length > 0) yield batch
    if (batch.length < batchLength) return
    before = batch.at(-1)?.id
  }
}

type Reading = Bounds & { before?: string | undefined; after?: string | undefined; limit: number }

function readEvents(db: Database, filter: AuditFilter, { first, last, before, after, limit }: Reading) {
  const { action, actorKind, actor, account } = filter
  return db
    .selectFrom('audit_events')
    .leftJoin('accounts', 'accounts.id', 'audit_events.account_id')
    .leftJoin('incidents', 'incidents.id', 'audit_events.incident_id')
    .select(['audit_events.id', 'at', 'actor_kind', 'actor', 'action', 'details', 'hash'])
    .select(['accounts.login_id as account', 'incidents.slug as incident'])
    .where('audit_events.id', '>=', first)
    .where('audit_events.id', '<=', last)
    .$if(before !== undefined, query => query.where('audit_events.id', '<', before ?? ''))
    .$if(after !== undefined, query => query.where('audit_events.id', '>', after ?? ''))
    .$if(action !== undefined, query => query.where('action', '=', action ?? ''))
    .$if(actorKind !== undefined, query => query.where('actor_kind', '=', actorKind ?? 'nobody'))
    .$if(actor !== undefined, query => query.where('actor', '=', actor ?? ''))
    .$if(account !== undefined, query =>
      query.where('audit_events.account_id', '=', ({ selectFrom }) =>
        selectFrom('accounts')
          .select('id')
          .where('login_id', '=', account ?? '')
      )
    )
    .orderBy('audit_events.id', after === undefined ? 'desc' : 'asc')
    .limit(limit)
    .execute()
}

/** Days as ids: the ids have no holes and time goes on with them, so that halving finds a day in 20 steps. */
async function boundsOf(db: Database, { from, to }: AuditFilter): Promise<Bounds> {
  const { rows } = await sql<Bounds>`
    select coalesce(${from === undefined ? null : before(sql`${from}::date`)}::bigint, 0) + 1 as first,
      coalesce(${to === undefined ? null : before(sql`${to}::date + 1`)}, events) as last
    from audit_head`.execute(db)
  return rows[0] as Bounds
}

/** The id of the last event before a day begins, 0 if there is none. */
function before(day: ReturnType<typeof sql>) {
  return sql`(
    with recursive halving (low, high) as (
      select 0::bigint, (select events from audit_head)
      union all
      select case when at < begins then middle else low end, case when at < begins then high else middle - 1 end
      from halving
      cross join lateral (select (low + high + 1) / 2 as middle,
        (${day})::timestamp at time zone ${zone} as begins) half
      join audit_events e on e.id = middle
      where low < high
    )
    select low from halving where low >= high limit 1)`
}

/** Every action that was ever recorded, by leaps over the index. */
export async function listActions(db: Database): Promise<string[]> {
  const { rows } = await sql<{ action: string }>`
    with recursive known (action) as (
      (select action from audit_events order by action limit 1)
      union all
      select (select e.action from audit_events e where e.action > known.action order by e.action limit 1)
      from known where known.action is not null
    )
    select action from known where action is not null`.execute(db)
  return rows.map(({ action }) => action)
}

/** @returns the id of the account with a canonical login ID */
export async function findAccountId(db: Database, loginId: string): Promise<string | undefined> {
  const found = await db
    .selectFrom('accounts')
    .select('id')
    .where('login_id', '=', loginId)
    .executeTakeFirst()
  return found?.id
}
