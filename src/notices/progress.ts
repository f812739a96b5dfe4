import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

export type SendingProgress = {
  /** Notices that have an end, and those that are still to be sent. */
  ended: number
  left: number
  /** Messages a second in the last five minutes. */
  speed: number
  /** When the last one will be out at that speed, or at the rate that is set while nothing goes out; none when done. */
  forecast: Date | undefined
  /** Whether that is after the deadline. */
  late: boolean
  /** Notices that went out, by ten minutes. */
  sent: { at: Date; messages: number }[]
  first: Date | undefined
}

type Plan = { rate: number; deadline: Date | null }

/** How far the notices of an incident are. */
export async function findProgress(
  db: Database,
  incidentId: string,
  { rate, deadline }: Plan
): Promise<SendingProgress> {
  const { rows } = await sql<{ left: number; ended: number; recent: number; seconds: number | null }>`
    select count(*) filter (where state in ('planned', 'claimed', 'sending'))::int as left,
      count(*) filter (where state in ('accepted', 'unknown', 'bounced', 'failed') and attempts > 0)::int as ended,
      count(*) filter (where attempts > 0 and ended_at > now() - interval '5 minutes')::int as recent,
      extract(epoch from now() - min(ended_at) filter (
        where attempts > 0 and ended_at > now() - interval '5 minutes'))::float8 as seconds
    from notices where incident_id = ${incidentId}`.execute(db)
  const { left = 0, ended = 0, recent = 0, seconds = null } = rows[0] ?? {}
  const sent = await countSent(db, incidentId)
  const speed = recent / Math.max(10, seconds ?? 300)
  const forecast = left > 0 ? new Date(Date.now() + (1_000 * left) / (speed || rate)) : undefined
  const late = deadline !== null && (forecast ?? new Date(0)) > deadline
  return { left, ended, speed, forecast, late, sent, first: sent[0]?.at }
}

async function countSent(db: Database, incidentId: string) {
  const { rows } = await sql<{ at: Date; messages: number }>`
    select date_bin('10 minutes', ended_at, 'epoch') as at, count(*)::int as messages from notices
    where incident_id = ${incidentId} and attempts > 0 and ended_at is not null
    group by 1 order by 1`.execute(db)
  return rows
}
