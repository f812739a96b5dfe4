import { sql } from 'kysely'
import type { Database, ScopeTotals } from '../database/tables.ts'
import { type Facts, scopeFacts } from './facts.ts'
import type { Revision, Told } from './history.ts'

export type PublicReport = Awaited<ReturnType<typeof listReports>>[number]
export type Draft = Awaited<ReturnType<typeof listDrafts>>[number]
export type KeptRevision = Awaited<ReturnType<typeof listRevisions>>[number]

/** Reports that everybody may read, of the incidents that visitors may see, newest first. */
export function listReports(db: Database) {
  return db
    .selectFrom('reports')
    .innerJoin('incidents', 'incidents.id', 'reports.incident_id')
    .selectAll('reports')
    .select(['incidents.slug', 'incidents.state', 'incidents.zone'])
    .select(['incidents.title_ja as incident_ja', 'incidents.title_en as incident_en'])
    .where('incidents.state', '<>', 'draft')
    .orderBy('reports.published_at', 'desc')
    .orderBy('reports.number', 'desc')
    .execute()
}

/** What reports may say of these incidents now. */
export async function findFacts(db: Database, incidentIds: string[]): Promise<(Facts & { id: string })[]> {
  const rows = await db
    .selectFrom('incidents')
    .leftJoin('scopes', join =>
      join.onRef('scopes.incident_id', '=', 'incidents.id').on('scopes.state', '=', 'published')
    )
    .select(['incidents.id', 'zone', 'starts_at', 'ends_at', 'unaffected_ja', 'unaffected_en'])
    .select(['version', 'published_at', 'totals'])
    .select(
      sql<
        string[]
      >`array(select domain from incident_domains where incident_id = incidents.id order by domain)`.as(
        'domains'
      )
    )
    .where(sql<boolean>`incidents.id = any(${incidentIds}::bigint[])`)
    .execute()
  return rows.map(({ version, published_at, totals, ...facts }) => {
    const scope = version && published_at && totals ? scopeFacts(version, published_at, totals) : null
    return { ...facts, scope }
  })
}

export async function findFactsOf(db: Database, incidentId: string): Promise<Facts> {
  const [facts] = await findFacts(db, [incidentId])
  if (!facts) throw new Error('There is no such incident.')
  return facts
}

type OfReport = Revision & { report_id: string; revision: number }

/** Every text that visitors have seen of these reports, each report's oldest first. */
export function findRevisions(db: Database, reportIds: string[]): Promise<OfReport[]> {
  return db
    .selectFrom('report_revisions')
    .select(['report_id', 'revision', 'title_ja', 'title_en', 'body_ja', 'body_en'])
    .select(['reason_ja', 'reason_en', 'published_at'])
    .where(sql<boolean>`report_id = any(${reportIds}::bigint[])`)
    .where('published_at', '<=', sql<Date>`now()`)
    .orderBy('report_id')
    .orderBy('revision')
    .execute()
}

type ToldRow = { incident_id: string; at: Date; version: number | null; totals: ScopeTotals | null }

/** Which scope each of these incidents has had when, and what it said to be unaffected, the oldest first. */
export async function findTold(
  db: Database,
  incidentIds: string[]
): Promise<(Told & { incident_id: string })[]> {
  const ids = sql`any(${incidentIds}::bigint[])`
  const { rows: scopes } = await sql<ToldRow>`
    select p.incident_id, p.published_at as at, version, totals
    from publications p left join scopes s on s.id = p.scope_id where p.incident_id = ${ids}
    union all
    -- From before publications were listed.
    select incident_id, published_at, version, totals from scopes s
    where incident_id = ${ids} and published_at is not null
      and not exists (select from publications p where p.scope_id = s.id)`.execute(db)
  const wordings = await db
    .selectFrom('incident_wordings')
    .selectAll()
    .where(sql<boolean>`incident_id = ${ids}`)
    .orderBy('id')
    .execute()
  const told = [
    ...scopes.map(({ incident_id, at, version, totals }) => ({
      ...{ incident_id, at },
      scope: version && totals ? scopeFacts(version, at, totals) : null
    })),
    ...wordings
  ]
  return told.sort((one, other) => Number(one.at) - Number(other.at))
}

/** All reports of an incident as they are written, the newest first, with the time of their first text. */
export function listDrafts(db: Database, incidentId: string) {
  return drafts(db)
    .where('report_drafts.incident_id', '=', incidentId)
    .orderBy('report_drafts.id', 'desc')
    .execute()
}

export function findDraft(db: Database, incidentId: string, id: string) {
  return drafts(db)
    .where('report_drafts.incident_id', '=', incidentId)
    .where('report_drafts.id', '=', id)
    .executeTakeFirst()
}

export function findNumbered(db: Database, incidentId: string, number: number) {
  return drafts(db)
    .where('report_drafts.incident_id', '=', incidentId)
    .where('report_drafts.number', '=', number)
    .executeTakeFirst()
}

function drafts(db: Database) {
  return db
    .selectFrom('report_drafts')
    .leftJoin('report_revisions as first', join =>
      join.onRef('first.report_id', '=', 'report_drafts.id').on('first.revision', '=', 1)
    )
    .selectAll('report_drafts')
    .select(['first.published_at', sql<boolean>`coalesce(first.published_at <= now(), false)`.as('visible')])
}

/** Every revision of a report, one that is scheduled too, the oldest first. */
export function listRevisions(db: Database, reportId: string) {
  return db
    .selectFrom('report_revisions')
    .selectAll()
    .where('report_id', '=', reportId)
    .orderBy('revision')
    .execute()
}

/** Reports of all incidents that have a number, of drafts too, newest first. */
export function listNumbered(db: Database) {
  return db
    .selectFrom('report_drafts')
    .innerJoin('report_revisions as first', 'first.report_id', 'report_drafts.id')
    .innerJoin('incidents', 'incidents.id', 'report_drafts.incident_id')
    .leftJoin('reports', 'reports.id', 'report_drafts.id')
    .select(['incidents.slug', 'incidents.state', 'report_drafts.number', 'first.published_at'])
    .select(({ fn }) => fn.coalesce('reports.title_en', 'first.title_en').as('title_en'))
    .select(({ eb }) => eb('reports.id', 'is not', null).as('visible'))
    .where('first.revision', '=', 1)
    .orderBy('first.published_at', 'desc')
    .orderBy('report_drafts.number', 'desc')
    .execute()
}
