import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { findIncident } from '../../src/incidents/queries.ts'
import { loadScope } from '../../src/scopes/load.ts'
import { publishScope as bindScope } from '../../src/scopes/publish.ts'
import { providerDomains } from './cast.ts'
import type { TestDatabase } from './database.ts'
import { mypage } from './terminal.ts'

/** Creates the outage of 13 April 2017, 20:06 to 22:25 in Tokyo, that concerns the provider's domains. */
export async function addIncident(url: string, slug: string) {
  const titles = ['--title-ja', 'メール消失', '--title-en', 'Lost mail']
  const window = ['--from', '2017-04-13T20:06', '--to', '2017-04-13T22:25']
  const domains = ['--domain', ...providerDomains]
  const { code, stderr } = await mypage(url, 'incident', 'create', slug, ...titles, ...window, ...domains)
  assert.equal(code, 0, stderr)
}

/** Loads a lost-mail file as the next scope of an incident and publishes it. */
export async function publishScope(
  url: string,
  slug: string,
  file: string,
  version: number,
  ...options: string[]
) {
  const loaded = await mypage(url, 'scope', 'load', slug, file, ...options)
  assert.equal(loaded.code, 0, loaded.stderr)
  const published = await mypage(url, 'scope', 'publish', slug, String(version))
  assert.equal(published.code, 0, published.stderr)
}

/** The same in this process, for tests that are not about the commands: a second faster for each of them. */
export async function publishLoaded(
  { db, pool }: Pick<TestDatabase, 'db' | 'pool'>,
  slug: string,
  file: string
) {
  const actor = { kind: 'command' as const, name: 'test' }
  const incident = await findIncident(db, slug)
  assert.ok(incident)
  const files = [file]
  const { version } = await loadScope(pool, { incident, files, gaps: [], problems: undefined, actor })
  await db.transaction().execute(tx => bindScope(tx, { incidentId: incident.id, version, actor }))
}

type Span = { from: string; to: string }

/** What a summary of a scan says of a host; times of 13 April 2017 in Tokyo as `HH:MM:SS`. */
export type ScannedHost = { host: string; first: string; last: string; gaps?: (Span & { reason: string })[] }

/** The text of the summary that a scan writes beside a lost-mail file; the window is the outage's. */
export function summaryOf(
  lostMail: string,
  hosts: ScannedHost[],
  { from, to }: Span = { from: '20:06:00', to: '22:25:00' }
) {
  const at = (time: string) => `2017-04-13T${time}+09:00`
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
