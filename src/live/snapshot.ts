import type { Database } from '../database/tables.ts'
import { activities } from '../operations/activity.ts'
import { type Chart, drawChart } from './charts.ts'
import { listActivity, listProgress, type Progress } from './queries.ts'
import { readQueues } from './queue.ts'

export type Snapshot = {
  at: Date
  incidents: Progress[]
  charts: Chart[]
  queues: Awaited<ReturnType<typeof readQueues>>
}

/** Milliseconds for which one snapshot is good enough for all who watch. */
export const freshFor = 2_000

const latest = new WeakMap<Database, { until: number; snapshot: Promise<Snapshot> }>()

/** How things are, read once for all who ask within 2 s. */
export function takeSnapshot(db: Database): Promise<Snapshot> {
  const known = latest.get(db)
  if (known && known.until > performance.now()) return known.snapshot
  const snapshot = readSnapshot(db)
  // A little less, so that who asks every 2 s gets a new one each time.
  latest.set(db, { until: performance.now() + freshFor - 100, snapshot })
  return snapshot
}

async function readSnapshot(db: Database): Promise<Snapshot> {
  const [incidents, counts, queues] = await Promise.all([listProgress(db), listActivity(db), readQueues(db)])
  const at = new Date()
  return { at, incidents, queues, charts: activities.map(what => drawChart(what, counts, at)) }
}
