import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { measureChecks } from '../sign-in/passwords.ts'

export type Proposal = {
  /** Notices a second. */
  rate: number
  /** Passwords that this process checks in a second. */
  checks: number
  /** Logins of the last hour for the notices of the hour until a quarter of an hour ago, in percent; undefined while too few went out to tell. */
  share: number | undefined
}

/** Of what the login can do; the rest is for who comes by itself, and who mistypes. */
const part = 0.5
const enough = 500
const least = 0.1

/**
 * As fast as the login bears: everybody is taken to come at once, until it is measured how many do. Who was told
 * within a quarter of an hour has had no time to.
 */
export async function proposeRate(db: Database, incidentId: string): Promise<Proposal> {
  const { rows } = await sql<{ told: number; logins: number }>`
    select (select count(*)::int from notices where incident_id = ${incidentId} and state = 'accepted'
        and ended_at between now() - interval '75 minutes' and now() - interval '15 minutes') as told,
      (select coalesce(sum(count), 0)::int from activity where what = 'login' and minute > now() - interval '1 hour')
        as logins`.execute(db)
  const { told = 0, logins = 0 } = rows[0] ?? {}
  const share = told < enough ? undefined : logins / told
  const checks = Math.round(await measureChecks())
  const rate = Math.max(1, Math.round((part * checks) / Math.max(least, share ?? 1)))
  return { rate, checks, share: share === undefined ? undefined : Math.round(100 * share) }
}
