import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

/** Jobs of an incident that its page shows; of others the report is not kept either. */
const shown = 5

export async function insertJob(db: Database, job: { incident_id: string; by: string; files: string }) {
  const inserted = await db.insertInto('desk_jobs').values(job).returning('id').executeTakeFirstOrThrow()
  await sql`
    delete from desk_jobs where incident_id = ${job.incident_id} and id not in (
      select id from desk_jobs where incident_id = ${job.incident_id} order by id desc limit ${shown}
    ) and (state <> 'running' or heartbeat_at < now() - interval '1 minute')`.execute(db)
  return inserted
}

type JobChange = {
  state?: 'done' | 'failed'
  step?: string
  done?: number
  total?: number
  message?: string
  scope_version?: number
  fresh?: boolean
}

/** Says that the process is alive, and what else is new. */
export async function updateJob(db: Database, id: string, change: JobChange) {
  await db
    .updateTable('desk_jobs')
    .set({ ...change, heartbeat_at: sql`now()` })
    .where('id', '=', id)
    .execute()
}

/** The process ends, and its jobs with it. */
export async function giveUpJob(db: Database, id: string) {
  await db
    .updateTable('desk_jobs')
    .set({ heartbeat_at: new Date(0) })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute()
}

/**
 * The newest five loads of an incident, newest first. One whose process was not heard of for 30 s is
 * `interrupted`; `loaded` is the version that it had made nevertheless, at the last moment.
 */
export function listJobs(db: Database, incidentId: string) {
  return db
    .selectFrom('desk_jobs as job')
    .select(['id', 'by', 'files', 'step', 'message', 'scope_version', 'fresh', 'started_at'])
    .select([
      sql<number>`job.done::float8`.as('done'),
      sql<number>`job.total::float8`.as('total'),
      sql<'running' | 'done' | 'failed' | 'interrupted'>`case
        when job.state = 'running' and heartbeat_at < now() - interval '30 seconds' then 'interrupted'
        else job.state end`.as('state'),
      sql<number | null>`(
        select min(version) from scopes where job.state = 'running' and scopes.incident_id = job.incident_id
          and created_by = job.by and created_at >= started_at
          and created_at < greatest(heartbeat_at, started_at) + interval '1 minute')`.as('loaded')
    ])
    .where('incident_id', '=', incidentId)
    .orderBy('id', 'desc')
    .limit(shown)
    .execute()
}

/** Who could agree to what another one proposes: they can log in, and may publish. */
export async function countOperators(db: Database): Promise<number> {
  const { staff } = await db
    .selectFrom('staff')
    .select(({ fn }) => fn.countAll<string>().as('staff'))
    .where('role', 'in', ['operator', 'admin'])
    .where('disabled_at', 'is', null)
    .where(({ eb, or }) => or([eb('totp_confirmed_at', 'is not', null), eb('subject', 'is not', null)]))
    .executeTakeFirstOrThrow()
  return Number(staff)
}
