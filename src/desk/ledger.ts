import type { Database } from '../database/tables.ts'
import { drawTimeline } from '../lost-messages/timeline.ts'
import { countLedger, standings } from '../notices/ledger.ts'
import { findProgress } from '../notices/progress.ts'
import { findPublishedScope, findSending } from '../notices/queries.ts'

export type LedgerView = Awaited<ReturnType<typeof lookAtLedger>>

/** Where the addresses of an incident and its sending stand at this moment. */
export async function lookAtLedger(db: Database, incidentId: string) {
  const begun = performance.now()
  const [scope, sending] = await Promise.all([
    findPublishedScope(db, incidentId),
    findSending(db, incidentId)
  ])
  const ledger = scope && (await countLedger(db, incidentId, scope.id))
  const progress = sending && (await findProgress(db, incidentId, sending))
  return {
    ...{ scope, sending, ledger, progress, standings },
    chart: progress?.span && drawTimeline(progress.span.from, progress.span.to, progress.sent),
    /** What is shown goes on changing. */
    live: progress !== undefined && progress.left > 0,
    took: performance.now() - begun
  }
}

type Watched = { until: number; view: Promise<LedgerView> }
const latestOf = new WeakMap<Database, Map<string, Watched>>()
/** Counting may take a sixth of the time, not more: the same processors send. */
const shareOfTime = 6
const shortest = 2_000

/** The same for all who watch, and no more often than it is cheap. */
export async function watchLedger(
  db: Database,
  incidentId: string
): Promise<{ view: LedgerView; again: number }> {
  const latest = latestOf.get(db) ?? new Map<string, Watched>()
  latestOf.set(db, latest)
  const known = latest.get(incidentId)
  const fresh =
    known && known.until > performance.now()
      ? known
      : { until: Number.POSITIVE_INFINITY, view: lookAtLedger(db, incidentId) }
  latest.set(incidentId, fresh)
  const view = await fresh.view.catch(error => {
    latest.delete(incidentId)
    throw error
  })
  const again = Math.max(shortest, shareOfTime * view.took)
  if (fresh.until === Number.POSITIVE_INFINITY) fresh.until = performance.now() + again - 100
  return { view, again }
}
