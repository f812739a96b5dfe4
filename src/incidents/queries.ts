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

export async function forgetDomains(tx: DatabaseTransaction, incidentId: string) {
  await tx.deleteFrom('incident_domains').where('incident_id', '=', incidentId).execute()
}

/** The incident as it stays until the transaction ends: no load or publication of it begins. */
export function lockForChange(tx: DatabaseTransaction, id: string) {
  return tx
    .selectFrom('incidents')
    .selectAll()
    .select(domains)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
}

export async function updateIncident(tx: DatabaseTransaction, id: string, to: Omit<NewIncident, 'slug'>) {
  await tx.updateTable('incidents').set(to).where('id', '=', id).execute()
}

/** Versions that are not withdrawn. */
export async function countStandingScopes(db: Database, incidentId: string): Promise<number> {
  const { scopes } = await db
    .selectFrom('scopes')
    .select(({ fn }) => fn.countAll<string>().as('scopes'))
    .where('incident_id', '=', incidentId)
    .where('state', '<>', 'withdrawn')
    .executeTakeFirstOrThrow()
  return Number(scopes)
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

/** Newest window first, with version and totals of the published scope. */
export function listIncidents(db: Database) {
  return db
    .selectFrom('incidents')
    .leftJoin('scopes', join =>
      join.onRef('scopes.incident_id', '=', 'incidents.id').on('scopes.state', '=', 'published')
    )
    .selectAll('incidents')
    .select(['scopes.version', 'scopes.totals', domains])
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
