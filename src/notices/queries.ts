import { sql } from 'kysely'
import { type Actor, record } from '../audit/record.ts'
import type { Database, DatabaseTransaction } from '../database/tables.ts'

export type Rates = {
  rate?: number
  domainRate?: number | null
  deadline?: Date | null
  paused?: boolean
  /** Notices of a wave, and seconds of pause after it; all at once without. */
  wave?: { size: number; pause: number } | null
  /** Whether it slows down while the login turns visitors away. */
  heedsLogin?: boolean
}

/** Messages a second, unless told otherwise: about as many people come to log in. */
const usualRate = 30
/** Any slower, and the last one would be out after the end of the calendar. */
export const slowestRate = 0.01

/** How the notices of an incident go out; undefined before anything was planned. */
export function findSending(db: Database, incidentId: string) {
  return db.selectFrom('notice_sendings').selectAll().where('incident_id', '=', incidentId).executeTakeFirst()
}

/** Whether any notice of an incident was ever handed to a mail server. */
export async function hasBegun(db: Database, incidentId: string): Promise<boolean> {
  const found = await db
    .selectFrom('notices')
    .select('id')
    .where('incident_id', '=', incidentId)
    .where('attempts', '>', 0)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** Changes what is given; takes effect within a second, also on workers that are sending. */
export async function setSending(db: Database, incidentId: string, rates: Rates) {
  const { rate, domainRate, deadline, paused, wave, heedsLogin } = rates
  const changed = {
    ...(rate !== undefined && { rate, allowance: 0 }),
    ...(domainRate !== undefined && { domain_rate: domainRate }),
    ...(deadline !== undefined && { deadline }),
    ...(paused !== undefined && { paused }),
    ...(heedsLogin !== undefined && { heeds_login: heedsLogin }),
    // Who goes on begins without a brake.
    ...(paused === false && { brake: 0 }),
    ...(wave !== undefined && { wave_size: wave?.size ?? null, wave_pause: wave?.pause ?? null })
  }
  await db
    .insertInto('notice_sendings')
    .values({ incident_id: incidentId, rate: usualRate, ...changed })
    .onConflict(conflict =>
      conflict.column('incident_id').doUpdateSet({
        incident_id: incidentId,
        ...changed,
        ...(wave !== undefined && { wave_left: leftOfWave(wave) })
      })
    )
    .execute()
}

/** Other waves begin at once; the same go on. */
function leftOfWave(wave: Rates['wave']) {
  const [size, pause] = [wave?.size ?? null, wave?.pause ?? null]
  return sql<number | null>`case when notice_sendings.wave_size is not distinct from ${size}
    and notice_sendings.wave_pause is not distinct from ${pause} then notice_sendings.wave_left end`
}

/** The same, with its event in the audit. */
export async function changeSending(
  tx: DatabaseTransaction,
  incidentId: string,
  { actor, rates }: { actor: Actor; rates: Rates }
) {
  await setSending(tx, incidentId, rates)
  const { deadline, domainRate, wave, heedsLogin, ...others } = rates
  const details = {
    ...others,
    ...(heedsLogin !== undefined && { heeds_login: heedsLogin }),
    ...(domainRate !== undefined && { domain_rate: domainRate }),
    ...(deadline !== undefined && { deadline: deadline?.toISOString() ?? null }),
    ...(wave !== undefined && { wave_size: wave?.size ?? null, wave_pause: wave?.pause ?? null })
  }
  await record(tx, { actor, action: 'notices sending changed', incidentId, details })
}

/** Cancels what is planned and not sent. @returns how many notices that were */
export async function cancelPlanned(db: Database, incidentId: string): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('notices')
    .set({ state: 'cancelled', response: 'cancelled', ended_at: sql`now()` })
    .where('incident_id', '=', incidentId)
    .where('state', '=', 'planned')
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** Notices by state. */
export async function countByState(db: Database, incidentId: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; notices: number }>`
    select state, count(*)::int as notices from notices where incident_id = ${incidentId}
    group by state`.execute(db)
  return Object.fromEntries(rows.map(({ state, notices }) => [state, notices]))
}

/** Whose fate nobody knows, oldest first. */
export function listUnknown(db: Database, incidentId: string) {
  return db
    .selectFrom('notices')
    .select(['id', 'token', 'claimed_at', 'ended_at'])
    .where('incident_id', '=', incidentId)
    .where('state', '=', 'unknown')
    .orderBy('ended_at')
    .execute()
}

export function findPublishedScope(db: Database, incidentId: string) {
  return db
    .selectFrom('scopes')
    .select(['id', 'version', 'published_at'])
    .where('incident_id', '=', incidentId)
    .where('state', '=', 'published')
    .executeTakeFirst()
}
