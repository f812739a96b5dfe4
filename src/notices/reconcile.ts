import { sql } from 'kysely'
import { type Actor, record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { Clock } from '../maillog/clock.ts'
import { findLogs } from '../maillog/files.ts'
import { HostLog } from '../maillog/host.ts'
import type { Message } from '../maillog/message.ts'
import { LogReader } from '../maillog/reader.ts'
import type { Gap } from '../maillog/span.ts'
import { feed } from '../scan/job.ts'
import { planFiles } from '../scan/plan.ts'
import { showBytes } from '../terminal/progress.ts'
import { listUnknown } from './queries.ts'
import { plannedAgain } from './superseded.ts'

export type Reconciled = {
  /** The mail server took them. */
  accepted: number
  /** The logs cover their time and do not know them: they are planned again. */
  notTaken: number
  /** The logs do not cover their time. */
  left: number
  doubts: string[]
}

type Asked = { names: string[]; zone: string; year: number | undefined; host: string | undefined }

/** A message is logged within this of being handed over, in milliseconds. */
const margin = 5 * 60_000

/**
 * Settles the notices of an incident whose fate is unknown by the logs of the mail server that they were handed to: by
 * their Message-ID, which is the same at every attempt. What a killed worker left was handed over at any time from when
 * it was begun until it was given up.
 * Rejects with words for the operator for a log that is not there.
 */
export async function reconcile(
  db: Database,
  incidentId: string,
  { actor, ...asked }: Asked & { actor: Actor }
): Promise<Reconciled> {
  const unknown = await listUnknown(db, incidentId)
  const { taken, covered, doubts } = await readLogs(asked)
  const known = unknown.filter(({ token }) => taken.has(token))
  const absent = unknown.filter(
    ({ token, claimed_at, ended_at }) =>
      !taken.has(token) && ended_at !== null && covered(claimed_at ?? ended_at, ended_at)
  )
  const left = unknown.length - known.length - absent.length
  await db.transaction().execute(async tx => {
    const ids = (rows: { id: string }[]) => sql`n.id = any(${rows.map(({ id }) => id)}::bigint[])`
    const settled = sql`n.incident_id = ${incidentId} and n.state = 'unknown'`
    await sql`update notices n set state = 'accepted', response = 'found in the log of the mail server'
      where ${ids(known)} and ${settled}`.execute(tx)
    await sql`update notices n set ${plannedAgain('not in the log of the mail server')}
      where ${ids(absent)} and ${settled}`.execute(tx)
    const details = { accepted: known.length, not_taken: absent.length, left }
    await record(tx, { actor, action: 'notices reconciled', incidentId, details })
  })
  return { accepted: known.length, notTaken: absent.length, left, doubts }
}

async function readLogs({ names, ...dated }: Asked) {
  const { logs, skipped } = await findLogs(names)
  const { groups, doubts } = planFiles(logs, dated)
  const taken = new Set<string>()
  const onEnd = (root: Message) => {
    // Without acceptance the message-id alone is no proof: the connection may have broken in the middle.
    if (root.isAccepted) taken.add(tokenOf(root.messageId))
  }
  const sink = { onEnd, reuses: true, onUnqueued: () => {}, sieveDiscards: new Set<string>() }
  const reader = new LogReader(name => new HostLog(name, sink))
  const progress = new BigInt64Array(1)
  const total = logs.reduce((sum, { bytes }) => sum + bytes, 0)
  const shown = showBytes('Reading the logs', total)
  try {
    for (const { log, number, start, zone, year, host } of groups.flat()) {
      reader.beginFile({ number, start, clock: new Clock(zone, year), host, head: log.head })
      await feed(reader, { log, start, progress })
      shown.at(Math.min(total, Number(progress[0])))
      for (const known of reader.hosts.values()) known.endFile()
    }
    reader.end()
  } finally {
    shown.end()
  }
  const left = skipped.map(({ name, reason }) => `${name} is left out: ${reason}`)
  return {
    taken,
    covered: (from: Date, to: Date) => isCovered([...reader.hosts.values()], Number(from), Number(to)),
    doubts: [...left, ...doubts]
  }
}

/** Whether every host that carries mail has its lines from before a time until after another, without a gap. */
function isCovered(hosts: HostLog[], begun: number, ended: number): boolean {
  const mail = hosts.filter(host => host.carriesMail())
  return (
    mail.length > 0 &&
    mail.every(host => {
      const { first, last, gaps } = host.covered()
      const isIn = ({ from, to }: Gap) => from < ended + margin && to > begun - margin
      return first <= begun - margin && last >= ended + margin && !gaps.some(isIn)
    })
  )
}

/** Of `<token@host>`; the empty text for what is none of ours. */
function tokenOf(messageId = ''): string {
  return /^<([0-9a-f-]{36})@/.exec(messageId)?.[1] ?? ''
}
