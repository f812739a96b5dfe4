import { type Actor, record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import type { Description } from './description.ts'
import {
  concernDomains,
  countStandingScopes,
  forgetDomains,
  type Incident,
  insertIncident,
  lockForChange,
  setIncidentState,
  updateIncident
} from './queries.ts'

/** @returns false when the slug is taken */
export function createIncident(db: Database, actor: Actor, { domains, ...incident }: Description) {
  return db.transaction().execute(async tx => {
    const id = await insertIncident(tx, incident)
    if (!id) return false
    await concernDomains(tx, id, domains)
    const details = { slug: incident.slug, domains: domains.length }
    await record(tx, { actor, incidentId: id, action: 'incident created', details })
    return true
  })
}

/**
 * Changes the texts, and of a draft that no scope was made for yet also window, zone and domains: a scope says
 * whose mail was lost in that window, on those domains.
 * @returns false when those would change too, and may not
 */
export function changeIncident(db: Database, actor: Actor, id: string, to: Description) {
  return db.transaction().execute(async tx => {
    const from = await lockForChange(tx, id)
    const moved = factsOf(from) !== factsOf(to)
    if (moved && (from.state !== 'draft' || (await countStandingScopes(tx, id)) > 0)) return false
    const { domains, slug: _, ...columns } = to
    await updateIncident(tx, id, columns)
    if (moved) {
      await forgetDomains(tx, id)
      await concernDomains(tx, id, domains)
    }
    await record(tx, { actor, incidentId: id, action: 'incident changed', details: { window: moved } })
    return true
  })
}

/** What a scope is made for. */
function factsOf({ starts_at, ends_at, zone, domains }: Omit<Description, 'slug'>): string {
  return JSON.stringify([starts_at, ends_at, zone, domains.toSorted()])
}

/** @returns false when it is in that state already */
export function moveIncident(db: Database, actor: Actor, { id }: Incident, state: 'published' | 'closed') {
  return db.transaction().execute(async tx => {
    if ((await lockForChange(tx, id)).state === state) return false
    await setIncidentState(tx, id, state)
    await record(tx, { actor, incidentId: id, action: `incident ${state}` })
    return true
  })
}
