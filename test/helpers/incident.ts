import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Database } from '../../src/database/tables.ts'
import { createIncident } from '../../src/incidents/change.ts'
import { readDescription } from '../../src/incidents/description.ts'
import { findIncident } from '../../src/incidents/queries.ts'
import { loadScope } from '../../src/scopes/load.ts'
import { publishScope as bindScope } from '../../src/scopes/publish.ts'
import { providerDomains } from './cast.ts'
import type { TestDatabase } from './database.ts'

const actor = { kind: 'command' as const, name: 'test' }

// In this process: each command would take a quarter of a second of a core, and they have tests of their own.

/** Creates the outage of 13 April 2017, 20:06 to 22:25 in Tokyo, that concerns the provider's domains. */
export async function addIncident(db: Database, slug: string) {
  const read = readDescription({
    ...{ slug, zone: 'Asia/Tokyo', from: '2017-04-13T20:06', to: '2017-04-13T22:25' },
    ...{ title_ja: 'メール消失', title_en: 'Lost mail', unaffected_ja: '', unaffected_en: '' },
    domains: providerDomains
  })
  assert.ok('slug' in read && (await createIncident(db, actor, read)))
}

/** Times of 13 April 2017 in Tokyo as `HH:MM:SS`. */
type Span = { from: string; to: string }
const at = (time: string) => `2017-04-13T${time}+09:00`
const instant = (time: string) => new Date(at(time)).toISOString()

/** Loads a lost-mail file as the next scope of an incident and publishes it. */
export async function publishScope(
  { db, pool }: Pick<TestDatabase, 'db' | 'pool'>,
  slug: string,
  file: string,
  spans: Span[] = []
) {
  const gaps = spans.map(({ from, to }) => ({ from: instant(from), to: instant(to) }))
  const incident = await findIncident(db, slug)
  assert.ok(incident)
  const { version } = await loadScope(pool, { incident, files: [file], gaps, problems: undefined, actor })
  const { id: incidentId } = incident
  const done = await db.transaction().execute(tx => bindScope(tx, { incidentId, version, actor }))
  assert.equal(done.outcome, 'published')
}

/** What a summary of a scan says of a host. */
export type ScannedHost = { host: string; first: string; last: string; gaps?: (Span & { reason: string })[] }

/** The text of the summary that a scan writes beside a lost-mail file; the window is the outage's. */
export function summaryOf(
  lostMail: string,
  hosts: ScannedHost[],
  { from, to }: Span = { from: '20:06:00', to: '22:25:00' }
) {
  const sha256 = createHash('sha256').update(lostMail).digest('hex')
  const rows = lostMail.split('\n').length - 2
  return JSON.stringify({
    version: 1,
    window: { from: at(from), to: at(to) },
    lost_mail: { file: 'lost-mail.csv', sha256, rows },
    hosts: hosts.map(({ host, first, last, gaps = [] }) => ({
      host,
      first: at(first),
      last: at(last),
      lines: 1_000,
      gaps: gaps.map(gap => ({ from: at(gap.from), to: at(gap.to), reason: gap.reason }))
    })),
    files: [],
    totals: {}
  })
}
