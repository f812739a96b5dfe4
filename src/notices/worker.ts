import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../database/tables.ts'
import type { Claimed } from './claim.ts'
import { type Ended, giveUpLost } from './ending.ts'
import { composeNotice, type NoticeIncident, type Sender } from './message.ts'
import { Outbox } from './outbox.ts'
import type { Pace } from './pace.ts'
import { Lane, ServerAway } from './smtp.ts'

export type Sending = {
  incidentId: string
  incident: NoticeIncident
  sender: Sender
  smtpUrl: string
  /** Signs a message, where the mail server does not. */
  sign?: (message: string) => Promise<string>
  /** Messages that are under way at once. */
  connections: number
  /** Name of this process, other than that of any other. */
  worker: string
  /** Seconds after which the notices of a worker without a word are given up. */
  lease?: number
  signal: AbortSignal
  /** Is told each message that has an end. */
  onEnded?: (ended: Ended) => void
  /** Is told how fast all may send, each time that it looks. */
  onPace?: (pace: Pace) => void
  /** Is told what keeps it from sending. */
  onTrouble?: (problem: string) => void
}

/** Five minutes: far longer than a message takes. */
const usualLease = 300
/** Milliseconds between two looks for what other workers left, at the most. */
const inspection = 15_000
/** Milliseconds to wait while nothing is due, or all is paused. */
const idle = 1_000
/** Of waiting for a mail server that is away, in milliseconds: doubled each time. */
const firstPause = 1_000
const longestPause = 60_000

/**
 * Sends the notices of an incident that are due, until all have an end or it is stopped; any number of workers may do
 * so at once. On a stop what is under way is brought to its end, and the rest given back.
 */
export async function sendNotices(db: Database, asked: Sending) {
  const { incidentId, worker, connections, lease = usualLease } = asked
  const outbox = new Outbox(db, { incidentId, worker, portion: 3 * connections, onPace: asked.onPace })
  const inspect = () => giveUpLost(db, lease).catch(error => asked.onTrouble?.((error as Error).message))
  await inspect()
  const inspecting = setInterval(inspect, Math.min(inspection, 500 * lease))
  const lanes = Array.from({ length: connections }, () => runLane(db, outbox, asked))
  try {
    await Promise.all(lanes)
  } finally {
    await Promise.allSettled(lanes)
    clearInterval(inspecting)
    await outbox.close()
  }
}

/** One connection: one message after the other. */
async function runLane(db: Database, outbox: Outbox, asked: Sending) {
  const { signal } = asked
  const lane = new Lane(asked.smtpUrl)
  let pause = firstPause
  try {
    while (!signal.aborted) {
      const next = await outbox.take()
      if (typeof next === 'number') {
        await outbox.flush()
        if (next === 0 && !(await isOpen(db, asked.incidentId))) return
        // No longer: what is changed meanwhile takes effect within a second.
        await rest(Math.min(next || idle, idle), signal)
        continue
      }
      const ended = await deliver(lane, next, asked)
      outbox.end(next, ended)
      if (ended.outcome !== 'returned') {
        pause = firstPause
        asked.onEnded?.(ended)
        continue
      }
      asked.onTrouble?.(`The mail server does not answer: ${ended.response}. Again in ${pause / 1_000} s.`)
      await rest(pause, signal)
      pause = Math.min(longestPause, 2 * pause)
    }
  } finally {
    lane.close()
  }
}

async function deliver(lane: Lane, notice: Claimed, { incident, sender, sign }: Sending): Promise<Ended> {
  const { envelope, message } = composeNotice(notice, incident, sender)
  try {
    return await lane.send({ ...envelope, message: sign ? await sign(message) : message })
  } catch (error) {
    if (error instanceof ServerAway) return { outcome: 'returned', response: error.message }
    throw error
  }
}

async function rest(milliseconds: number, signal: AbortSignal) {
  await sleep(milliseconds, undefined, { signal }).catch(() => {})
}

/** Whether anything is still to be sent: planned for later too, or under way elsewhere. */
async function isOpen(db: Database, incidentId: string): Promise<boolean> {
  const found = await db
    .selectFrom('notices')
    .select('id')
    .where('incident_id', '=', incidentId)
    .where('state', 'in', ['planned', 'claimed', 'sending'])
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}
