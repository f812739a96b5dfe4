import path from 'node:path'
import type { Config } from '../config.ts'
import type { Database } from '../database/tables.ts'
import { importMembers } from '../members/import.ts'
import { loadScope } from '../scopes/load.ts'
import { publishScope } from '../scopes/publish.ts'
import type { CommandPortal } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { filesIn, type Writing, writeFiles } from './files.ts'
import { describeIncident } from './incident.ts'
import { publishReports } from './reports.ts'
import { addDemoStaff } from './staff.ts'
import { findDemoState } from './state.ts'

const actor = { kind: 'command' as const, name: 'demo' }

/**
 * Loads the demo into the embedded database, from files that stay in the data folder. Every step may be
 * done again: a demo that was stopped half-way is finished, a complete one left as it is.
 * @param report is told each step before it begins
 * @param begun its files, where they are being written already
 * @throws Failure on any other database, and when the database has other data
 */
export async function loadDemo(portal: CommandPortal, report: (step: string) => void, begun?: Writing) {
  const { config, db, pool } = portal
  if (!config.embedded) throw new Failure('The demo is for the embedded database: unset DATABASE_URL.')
  const state = await findDemoState(db)
  if (state === 'other') throw new Failure('The database has other data: the demo is for an empty one.')
  await addDemoStaff(db, config)
  if (state === 'complete') return report('The demo is there already.')
  const folder = demoFolder(config)
  report(`Writing the files of the demo to ${folder}`)
  const writing = begun ?? writeFiles(folder)
  const files = filesIn(folder)
  await writing.members
  const incident = await describeIncident(db)
  report('Importing the members, and finding the lost mail in a mail log')
  await Promise.all([importMembers(portal, { file: files.members }), writing.lostMail])
  report('Loading the lost mail')
  const { version } = await loadScope(pool, {
    incident,
    files: [files.lostMail],
    gaps: [],
    problems: undefined,
    actor
  })
  report('Publishing the scope and two reports')
  await db.transaction().execute(tx => publishScope(tx, { incidentId: incident.id, version, actor }))
  await backdate(db, incident.id)
  await publishReports(db, incident.id)
}

/** The findings were published when the second report says so, for its figures come from them. */
async function backdate(db: Database, incidentId: string) {
  const published_at = new Date('2017-04-18T14:30:00+09:00')
  await db.updateTable('scopes').set({ published_at }).where('incident_id', '=', incidentId).execute()
  await db.updateTable('publications').set({ published_at }).where('incident_id', '=', incidentId).execute()
}

export function demoFolder({ dataDir }: Config): string {
  return path.join(dataDir, 'demo')
}
