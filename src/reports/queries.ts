import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'

export type ReportText = { title_ja: string; title_en: string; body_ja: string; body_en: string }
export type NewReport = ReportText & { published_at: Date }

/** Reports of the incidents that visitors may see, newest first. */
export function listReports(db: Database) {
  return visibleReports(db)
    .orderBy('reports.published_at', 'desc')
    .orderBy('reports.number', 'desc')
    .execute()
}

/** One report of an incident that visitors may see. */
export function findReport(db: Database, slug: string, number: number) {
  return visibleReports(db)
    .where('incidents.slug', '=', slug)
    .where('reports.number', '=', number)
    .executeTakeFirst()
}

function visibleReports(db: Database) {
  return reportsWithIncident(db).where('incidents.state', '<>', 'draft')
}

function reportsWithIncident(db: Database) {
  return db
    .selectFrom('reports')
    .innerJoin('incidents', 'incidents.id', 'reports.incident_id')
    .selectAll('reports')
    .select(['incidents.slug', 'incidents.state', 'incidents.zone'])
    .select(['incidents.title_ja as incident_ja', 'incidents.title_en as incident_en'])
}

/** What a report's page says at a glance about its incident, from the scope published now. */
export function findFacts(db: Database, incidentId: string) {
  return db
    .selectFrom('incidents')
    .leftJoin('scopes', join =>
      join.onRef('scopes.incident_id', '=', 'incidents.id').on('scopes.state', '=', 'published')
    )
    .select(['starts_at', 'ends_at', 'unaffected_ja', 'unaffected_en', 'version', 'published_at', 'totals'])
    .select(({ selectFrom, ref }) =>
      selectFrom('incident_domains')
        .select(sql<string[]>`array_agg(domain order by domain)`.as('names'))
        .where('incident_id', '=', ref('incidents.id'))
        .as('domains')
    )
    .where('incidents.id', '=', incidentId)
    .executeTakeFirstOrThrow()
}

/** Reports of all incidents, drafts too, newest first. */
export function listAllReports(db: Database) {
  return reportsWithIncident(db)
    .orderBy('reports.published_at', 'desc')
    .orderBy('reports.number', 'desc')
    .execute()
}

/** Adds the next report of an incident; one at a time, so that no number is given twice. */
export async function insertReport(tx: DatabaseTransaction, incidentId: string, report: NewReport) {
  await tx.selectFrom('incidents').select('id').where('id', '=', incidentId).forNoKeyUpdate().execute()
  const { last } = await tx
    .selectFrom('reports')
    .select(({ fn }) => fn.coalesce(fn.max('number'), sql<number>`0`).as('last'))
    .where('incident_id', '=', incidentId)
    .executeTakeFirstOrThrow()
  const number = last + 1
  await tx
    .insertInto('reports')
    .values({ incident_id: incidentId, number, ...report })
    .execute()
  return number
}

/** @returns whether there was a report of that number; it keeps its time of publication */
export async function replaceReport(
  db: Database,
  { incidentId, number }: { incidentId: string; number: number },
  text: ReportText
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('reports')
    .set(text)
    .where('incident_id', '=', incidentId)
    .where('number', '=', number)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
