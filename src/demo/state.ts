import type { Database } from '../database/tables.ts'
import { findIncident, listIncidents } from '../incidents/queries.ts'
import { demoIncident } from './incident.ts'
import { demoReports } from './reports.ts'

/** `begun`: the demo was stopped while it was loaded; `other`: the database has data of somebody. */
export type DemoState = 'empty' | 'begun' | 'complete' | 'other'

/** What a database has of the demo. Its first step is the incident, its last one are the reports. */
export async function findDemoState(db: Database): Promise<DemoState> {
  const incident = await findIncident(db, demoIncident.slug)
  if (incident?.title_en === demoIncident.title_en) {
    const reports = await db
      .selectFrom('reports')
      .select('number')
      .where('incident_id', '=', incident.id)
      .execute()
    return reports.length < demoReports.length ? 'begun' : 'complete'
  }
  const account = await db.selectFrom('accounts').select('id').limit(1).executeTakeFirst()
  return account || (await listIncidents(db)).length > 0 ? 'other' : 'empty'
}
