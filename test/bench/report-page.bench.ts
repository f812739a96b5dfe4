import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import autocannon from 'autocannon'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import type { Database } from '../../src/database/tables.ts'
import { addReport } from '../../src/reports/at-once.ts'
import { type Server, startServer } from './processes.ts'

const rounds = 5
const seconds = Number(process.env.SECONDS ?? 5)
/** The page is about as large as the script, which is compared with it. */
const page = '/news/outage/1/ja'
const file = '/assets/enhance.js'

export const description = `requests a second of a public report’s page, against a static file of the same process (${file})`

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(path.join(folder, 'data'))
  const db = queriesOn(openPool(server.url, { connections: 1, statementTimeout: 0 }))
  let portal: Server | undefined
  try {
    await migrate(db)
    await addOutage(db)
    portal = await startServer('src/main.ts', 3411, server.url)
    return summed(await measure(portal.url))
  } finally {
    await portal?.stop()
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A published incident with a report of ordinary length, whose figures come from the scope. */
async function addOutage(db: Database) {
  const { id: incidentId } = await db
    .insertInto('incidents')
    .values({
      ...{ slug: 'outage', title_ja: '障害', title_en: 'Outage', zone: 'Asia/Tokyo', state: 'published' },
      ...{ starts_at: new Date('2017-04-13T20:06+09:00'), ends_at: new Date('2017-04-13T22:25+09:00') }
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const totals = { affected_addresses: 88_798, lost_messages: 134_567 }
  await db
    .insertInto('scopes')
    .values({
      ...{ incident_id: incidentId, version: 1, state: 'published', sources: '[]', sources_key: '' },
      ...{ coverage: '{"gaps": []}', totals: JSON.stringify(totals), created_by: 'bench' },
      published_at: new Date('2017-04-18T15:00+09:00')
    })
    .execute()
  const body = '障害の時間は{{window}}です。対象は**{{affected_addresses}}**です。\n\n'.repeat(20)
  const text = { title_ja: '第1報', body_ja: body, title_en: 'First report', body_en: body }
  const actor = { kind: 'command' as const, name: 'bench' }
  await addReport(db, { incidentId, text, at: null, actor })
}

type Measured = { round: number; page: number; file: number; pageP99: number; fileP99: number }

/** In turn, so that what else the machine does strikes both. */
async function measure(url: string): Promise<Measured[]> {
  await shoot(url + page, 2)
  await shoot(url + file, 2)
  const measured: Measured[] = []
  for (let round = 1; round <= rounds; round++) {
    // Each begins every other round.
    const targets = round % 2 ? [page, file] : [file, page]
    const shots = new Map<string, Awaited<ReturnType<typeof shoot>>>()
    for (const target of targets) shots.set(target, await shoot(url + target, seconds))
    const [one, other] = [shots.get(page), shots.get(file)]
    if (!one || !other) throw new Error('Nothing was measured.')
    measured.push({ round, page: one.rate, file: other.rate, pageP99: one.p99, fileP99: other.p99 })
  }
  return measured
}

async function shoot(url: string, duration: number) {
  const result = await autocannon({ url, duration, connections: 32 })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`)
  return { rate: result.requests.average, p99: result.latency.p99 }
}

function summed(measured: Measured[]) {
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const ours = median(measured.map(({ page }) => page))
  const reference = median(measured.map(({ file }) => file))
  const result = { name: 'report-page', ours, reference, ratio: ours / reference, unit: 'requests/s' }
  return { table: measured, result }
}
