import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'

export type Incident = NonNullable<Awaited<ReturnType<typeof findIncident>>>

export type NewIncident = {
  slug: string
  title_ja: string
  title_en: string
  unaffected_ja: string
  unaffected_en: string
  starts_at: Date
  ends_at: Date
  zone: string
}

/** @returns the id, `undefined` when the slug is taken */
export async function insertIncident(tx: DatabaseTransaction, incident: NewIncident) {
  const inserted = await tx
    .insertInto('incidents')
    .values(incident)
    .onConflict(conflict => conflict.column('slug').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted?.id
}

/** Adds the domains an incident concerns; those that nobody has an address on yet count as the provider's. */
export async function concernDomains(tx: DatabaseTransaction, incidentId: string, names: string[]) {
  await tx
    .insertInto('domains')
    .values(names.map(name => ({ name, kind: 'provider' as const })))
    .onConflict(conflict => conflict.column('name').doNothing())
    .execute()
  await tx
    .insertInto('incident_domains')
    .values(names.map(domain => ({ incident_id: incidentId, domain })))
    .execute()
}

export function findVirtualDomains(db: Database, names: string[]) {
  return db
    .selectFrom('domains')
    .select('name')
    .where('name', 'in', names)
    .where('kind', '=', 'virtual')
    .orderBy('name')
    .execute()
}

export function findIncident(db: Database, slug: string) {
  return db.selectFrom('incidents').selectAll().select(domains).where('slug', '=', slug).executeTakeFirst()
}

/** Newest window first, with the published scope's version. */
export function listIncidents(db: Database) {
  return db
    .selectFrom('incidents')
    .leftJoin('scopes', join =>
      join.onRef('scopes.incident_id', '=', 'incidents.id').on('scopes.state', '=', 'published')
    )
    .selectAll('incidents')
    .select(['scopes.version', domains])
    .orderBy('incidents.starts_at', 'desc')
    .orderBy('incidents.id', 'desc')
    .execute()
}

export async function setIncidentState(db: Database, id: string, state: 'published' | 'closed') {
  await db.updateTable('incidents').set({ state }).where('id', '=', id).execute()
}

const domains = sql<string[]>`array(
  select domain from incident_domains where incident_id = incidents.id order by domain
)`.as('domains')
