import type { Database } from '../database/tables.ts'
import type { Facts } from './facts.ts'
import { type Reading, readingsOf } from './history.ts'
import { findFacts, findRevisions, findTold, listReports, type PublicReport } from './queries.ts'
import { type Rendered, renderReport } from './rendered.ts'

/** A published report with all that its pages show. */
export type NewsReport = PublicReport & { facts: Facts; rendered: Rendered; readings: Reading[] }

type Rows = Awaited<ReturnType<typeof readRows>>

/** What everybody may read now, as it is kept. */
export async function readRows(db: Database) {
  const reports = await listReports(db)
  const incidents = [...new Set(reports.map(({ incident_id }) => incident_id))]
  const ids = reports.map(({ id }) => id)
  const [facts, told, revisions] = await Promise.all([
    findFacts(db, incidents),
    findTold(db, incidents),
    findRevisions(db, ids)
  ])
  return { reports, facts, told, revisions }
}

/** The same as it reads, newest first. */
export function composeNews({ reports, facts, told, revisions }: Rows): NewsReport[] {
  return reports.flatMap(report => {
    const known = facts.find(({ id }) => id === report.incident_id)
    if (!known) return []
    const readings = readingsOf(
      revisions.filter(({ report_id }) => report_id === report.id),
      told.filter(({ incident_id }) => incident_id === report.incident_id),
      known
    )
    return [{ ...report, facts: known, rendered: renderReport(report, known), readings }]
  })
}
