import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { stepOf } from '../lost-messages/timeline.ts'

/** How notices go out; times by the clock of the database. */
export type SendingPlan = {
  paused: boolean
  rate: number
  brake: number
  deadline: Date | null
  wave_size: number | null
  wave_pause: number | null
  wave_left: number | null
  wave_from: Date
}

export type SendingProgress = {
  at: Date
  /** Notices that have an end, and those that are still to be sent. */
  ended: number
  left: number
  /** Messages a second in the last five minutes, or since the first of them. */
  speed: number
  /** When the last one will be out at that speed, or by the rates that are set; none when done. */
  forecast: Date | undefined
  /** Whether that is after the deadline. */
  late: boolean
  /** Some are due, and nobody seems to send them. */
  idle: boolean
  /** When the next wave begins, between two. */
  nextWave: Date | undefined
  /** Notices that went out, in equal parts of the time from the first to the end that is foreseen. */
  sent: { at: Date; messages: number }[]
  span: Span | undefined
}

type Counted = {
  at: Date
  left: number
  ended: number
  recent: number
  seconds: number | null
  first: Date | null
  idle: boolean
}

type Span = { from: Date; to: Date }
/** Seconds without a word of any sender, after which none seems to be at work. */
const idleAfter = 60
/** Milliseconds that are looked at in any case. */
const shortestSpan = 3 * 60_000

/** How far the notices of an incident are. */
export async function findProgress(
  db: Database,
  incidentId: string,
  plan: SendingPlan
): Promise<SendingProgress> {
  const { rows } = await sql<Counted>`
    select now() as at, count(*) filter (where state in ('planned', 'claimed', 'sending'))::int as left,
      count(*) filter (where state in ('accepted', 'unknown', 'bounced', 'failed') and attempts > 0)::int as ended,
      count(*) filter (where attempts > 0 and ended_at > now() - interval '5 minutes')::int as recent,
      extract(epoch from now() - min(ended_at) filter (
        where attempts > 0 and ended_at > now() - interval '5 minutes'))::float8 as seconds,
      min(ended_at) filter (where attempts > 0) as first,
      coalesce(bool_or(state = 'planned' and due_at <= now()), false)
        and not coalesce(bool_or(state in ('claimed', 'sending')
          or (attempts > 0 and ended_at > now() - make_interval(secs => ${idleAfter}))), false) as idle
    from notices where incident_id = ${incidentId}`.execute(db)
  const { at, left, ended, recent, seconds, first, idle } = rows[0] as Counted
  const speed = recent / Math.max(10, seconds ?? 300)
  const forecast =
    left > 0 ? new Date(at.getTime() + 1_000 * secondsFor(left, speed, { plan, at })) : undefined
  const late = plan.deadline !== null && (forecast ?? new Date(0)) > plan.deadline
  const waits = left > 0 && plan.wave_size !== null && plan.wave_left === 0 && plan.wave_from > at
  const span = first ? spanOf(first, forecast ?? at) : undefined
  return {
    ...{ at, left, ended, speed, forecast, late, span },
    idle: idle && !plan.paused && !waits,
    nextWave: waits ? plan.wave_from : undefined,
    sent: span ? await countSent(db, incidentId, stepOf(span.from, span.to)) : []
  }
}

function spanOf(first: Date, end: Date): Span {
  const step = 1_000 * stepOf(first, end)
  const from = Math.floor(first.getTime() / step) * step
  return { from: new Date(from), to: new Date(Math.max(end.getTime(), from + shortestSpan)) }
}

/** By the speed so far, but no faster than is set now; in waves, whose pauses that does not know, by what is set. */
function secondsFor(left: number, speed: number, { plan, at }: { plan: SendingPlan; at: Date }): number {
  const { brake, wave_size: size, wave_pause, wave_left, wave_from } = plan
  const rate = plan.rate / 2 ** brake
  if (size === null) return left / Math.min(speed || rate, rate)
  const wait = wave_left === 0 ? Math.max(0, (wave_from.getTime() - at.getTime()) / 1_000) : 0
  const later = Math.max(0, left - (wave_left || size))
  return wait + left / rate + Math.ceil(later / size) * (wave_pause ?? 0)
}

async function countSent(db: Database, incidentId: string, step: number) {
  const { rows } = await sql<{ at: Date; messages: number }>`
    select date_bin(make_interval(secs => ${step}), ended_at, 'epoch') as at, count(*)::int as messages from notices
    where incident_id = ${incidentId} and attempts > 0 and ended_at is not null
    group by 1 order by 1`.execute(db)
  return rows
}
