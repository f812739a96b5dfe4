import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import autocannon from 'autocannon'
import type pg from 'pg'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { type Server, startServer } from './processes.ts'
import { signIn } from './visitors.ts'

const members = 88_798
const visitors = 500
const rounds = 3
const seconds = Number(process.env.SECONDS ?? 8)

export const description = `requests a second of the signed-in /mypage, ${members} affected accounts, against a bare Fastify route with one prepared select by key`

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(path.join(folder, 'data'))
  const pool = openPool(server.url, { connections: 1, statementTimeout: 0 })
  const db = queriesOn(pool)
  const servers: Server[] = []
  try {
    await migrate(db)
    await addMembers(pool)
    const every = Math.floor(members / visitors)
    const accounts = Array.from({ length: visitors }, (_, visitor) => 1 + visitor * every)
    const cookies = await signIn(pool, accounts)
    await pool.query('vacuum analyze')
    const ours = await startServer('src/main.ts', 3401, server.url)
    servers.push(ours)
    const bare = await startServer('test/bench/bare-server.ts', 3402, server.url)
    servers.push(bare)
    const pages = cookies.map(headers => ({ path: '/mypage', headers }))
    const keys = accounts.map(account => ({ path: `/accounts/${account}` }))
    return summed(await measure({ url: ours.url, pages }, { url: bare.url, pages: keys }))
  } finally {
    for (const { stop } of servers) await stop()
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function addMembers(pool: pg.Pool) {
  await pool.query(`insert into domains values ('aoba.example', 'provider'), ('own.example', 'virtual')`)
  await pool.query(
    `insert into accounts (login_id, kind, name, language)
     select 'm' || number, 'individual', 'Member ' || number, 'ja' from generate_series(1, $1::int) as number`,
    [members]
  )
  for (const domain of ['aoba.example', 'own.example'])
    await pool.query(
      `insert into addresses (account_id, email, domain)
       select id, login_id || '@' || $1, $1 from accounts`,
      [domain]
    )
  await pool.query(`
    insert into incidents (slug, title_ja, title_en, starts_at, ends_at, zone, state)
    values ('outage', '障害', 'Outage', '2017-04-13T20:06+09', '2017-04-13T22:25+09', 'Asia/Tokyo', 'published')`)
  await pool.query(`insert into incident_domains select id, 'aoba.example' from incidents`)
  await pool.query(`
    insert into scopes (incident_id, version, state, sources, sources_key, coverage, totals, created_by, published_at)
    select id, 1, 'published', '[]', '', '{"gaps": []}', '{}', 'bench', now() from incidents`)
  await pool.query(`
    insert into affected_addresses (account_id, scope_id, email, domain, business, lost_count, first_lost_at, last_lost_at)
    select account_id, scopes.id, email, domain, false, 3, '2017-04-13T20:10+09', '2017-04-13T21:10+09'
    from addresses, scopes where domain = 'aoba.example'`)
}

type Target = { url: string; pages: autocannon.Request[] }
type Measured = { round: number; ours: number; bare: number; p99: number; bareP99: number }

/** In turn, so that what else the machine does strikes both. */
async function measure(ours: Target, bare: Target): Promise<Measured[]> {
  await shoot(ours, 2)
  await shoot(bare, 2)
  const measured: Measured[] = []
  for (let round = 1; round <= rounds; round++) {
    const page = await shoot(ours, seconds)
    const key = await shoot(bare, seconds)
    const [p99, bareP99] = [page.latency.p99, key.latency.p99]
    measured.push({ round, ours: page.requests.average, bare: key.requests.average, p99, bareP99 })
  }
  return measured
}

async function shoot({ url, pages }: Target, duration: number) {
  const result = await autocannon({ url, requests: pages, duration, connections: 32 })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`)
  return result
}

function summed(measured: Measured[]) {
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const ours = median(measured.map(round => round.ours))
  const reference = median(measured.map(round => round.bare))
  const result = { name: 'verdict-page', ours, reference, ratio: ours / reference, unit: 'requests/s' }
  return { table: measured, result }
}
