import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import type { What } from '../operations/activity.ts'
import { countAffectedAccounts } from '../scopes/queries.ts'
import type { QueueState } from '../sign-in/admission.ts'

/** `seen` of the `accounts` that have affected addresses have looked at their verdict. */
export type Progress = Awaited<ReturnType<typeof listProgress>>[number]
export type Count = { minute: Date; what: What; count: number }

/** Seconds after which a process that says nothing more is not there any more. */
const silent = 10
const mostIncidents = 20

/** Of every incident that is published and not closed, the newest first. */
export async function listProgress(db: Database) {
  const incidents = await db
    .selectFrom('incidents as i')
    .innerJoin('scopes as s', 's.incident_id', 'i.id')
    .select(['i.slug', 'i.title_ja', 'i.title_en', 's.id', 's.version', 's.published_at'])
    .where('i.state', '=', 'published')
    .where('s.state', '=', 'published')
    .orderBy('i.starts_at', 'desc')
    .limit(mostIncidents)
    .execute()
  return Promise.all(
    incidents.map(async incident => ({
      ...incident,
      seen: await countSeen(db, incident.id),
      accounts: await countAccounts(db, incident.id)
    }))
  )
}

/** What was counted of a database, by scope. */
type Counted = {
  accounts: Map<string, Promise<number>>
  /** Of those that were kept up to `until`, which is PostgreSQL's text of a time. */
  seen: Map<string, { count: number; until: string }>
}
const countedOf = new WeakMap<Database, Counted>()

function countedIn(db: Database): Counted {
  const counted = countedOf.get(db) ?? { accounts: new Map(), seen: new Map() }
  countedOf.set(db, counted)
  return counted
}

/** Of a million rows only those of the last 30 s are counted again: what is older is on the disk, and stays. */
async function countSeen(db: Database, scopeId: string): Promise<number> {
  const { seen } = countedIn(db)
  const known = seen.get(scopeId) ?? { count: 0, until: '-infinity' }
  const { rows } = await sql<{ settled: string; all: string; until: string }>`
    select count(*) filter (where seen_at <= now() - interval '30 seconds') as settled, count(*) as all,
      (now() - interval '30 seconds')::text as until
    from seen_verdicts where scope_id = ${scopeId} and seen_at > ${known.until}::timestamptz`.execute(db)
  const { settled = '0', all = '0', until = known.until } = rows[0] ?? {}
  seen.set(scopeId, { count: known.count + Number(settled), until })
  return known.count + Number(all)
}

/** Counted once a scope: what is in a scope never changes. */
function countAccounts(db: Database, scopeId: string): Promise<number> {
  const { accounts } = countedIn(db)
  const known = accounts.get(scopeId)
  if (known) return known
  const counting = countAffectedAccounts(db, scopeId)
  accounts.set(scopeId, counting)
  counting.catch(() => accounts.delete(scopeId))
  return counting
}

/** What happened in each of the last 60 minutes, of all processes; minutes without anything are not there. */
export function listActivity(db: Database): Promise<Count[]> {
  return db
    .selectFrom('activity')
    .select(['minute', 'count'])
    .select(sql<What>`what`.as('what'))
    .where('minute', '>', sql<Date>`now() - interval '60 minutes'`)
    .orderBy('minute')
    .execute()
}

/** The queues of the logins in other processes than this one. */
export async function sumQueues(db: Database, ownName: string): Promise<QueueState & { processes: number }> {
  const { rows } = await sql<QueueState & { processes: number }>`
    select coalesce(sum(waiting), 0)::int as waiting, coalesce(sum(running), 0)::int as running,
      count(*)::int as processes
    from login_queues
    where process <> ${ownName} and at > now() - make_interval(secs => ${silent})`.execute(db)
  return rows[0] ?? { waiting: 0, running: 0, processes: 0 }
}

export async function tellQueue(db: Database, process: string, { waiting, running }: QueueState) {
  await db
    .insertInto('login_queues')
    .values({ process, waiting, running, at: sql`now()` })
    .onConflict(conflict =>
      conflict.column('process').doUpdateSet({ waiting, running, at: sql`excluded.at` })
    )
    .execute()
}

/** Of processes that are gone too. */
export async function forgetQueues(db: Database, process: string) {
  await sql`delete from login_queues where process = ${process} or at < now() - interval '1 day'`.execute(db)
}
