import type { Database } from '../database/tables.ts'
import { Failure } from '../terminal/failure.ts'
import { findIncident, type Incident, listIncidents } from './queries.ts'

/** @throws Failure that lists the incidents there are */
export async function knownIncident(db: Database, slug: string): Promise<Incident> {
  const incident = await findIncident(db, slug)
  if (incident) return incident
  const slugs = (await listIncidents(db)).map(known => known.slug)
  throw new Failure(`There is no incident "${slug}". There are: ${slugs.join(', ') || 'none'}.`)
}
