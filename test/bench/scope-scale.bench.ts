import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { fillEmpty } from '../../src/database/bulk.ts'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { inTransaction } from '../../src/database/copy.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { timeCommand } from './command.ts'
import { openPages, quantiles } from './constant-rate.ts'
import {
  accountOf,
  addAccounts,
  addAddresses,
  addIncident,
  checkScope,
  type Loss,
  recipientOf,
  writeLostMail
} from './lost-mail.ts'
import { watchPostgres } from './postgres-memory.ts'
import { startServer } from './processes.ts'
import { signIn } from './visitors.ts'

const affected = Number(process.env.ADDRESSES ?? 4_360_000)
const messages = Number(process.env.MESSAGES ?? Math.round((affected / 4.36) * 10.3))
const seconds = Number(process.env.SECONDS ?? 60)
const loss: Loss = { owned: Math.ceil(affected * 1.15), affected, messages }
// The version that is published before; its members are affected all along.
const earlier = Math.ceil(affected / 20)
const visitors = 600
const pagesPerSecond = 20
const limits = { seconds: 20 * 60, megabytes: 512, ratio: 2 }

export const description =
  `mypage scope load and publish of ${affected} addresses with ${messages} lost messages, of ${loss.owned} of the ` +
  `portal, while members open /mypage ${pagesPerSecond} times a second: how long that takes then, against ` +
  'before. Takes half an hour and 20 GB; ADDRESSES=100000 for a small one'

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(folder)
  const pool = openPool(server.url, { connections: 2, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    await migrate(db)
    await addMembers(pool)
    const files = { all: path.join(folder, 'lost-mail.csv'), first: path.join(folder, 'first.csv') }
    await writeLostMail(files.all, loss)
    await writeLostMail(files.first, loss, earlier)
    await publishEarlier(pool, server.url, files.first)
    return summedUp(await measure(pool, { url: server.url, folder, file: files.all }))
  } finally {
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Not by `members import`, which would take longer; but as it does, all indexes are built when the rows are there. */
async function addMembers(pool: pg.Pool) {
  await inTransaction(pool, async client => {
    await client.query(`set local maintenance_work_mem = '1GB'`)
    await addIncident(client)
    await addAccounts(client, loss.owned)
    await fillEmpty(client, 'addresses', () => addAddresses(client, loss.owned))
    await client.query(
      'insert into address_totals select account_id, domain, count(*) from addresses group by 1, 2'
    )
  })
}

/** Some of its members marked mail as handled. */
async function publishEarlier(pool: pg.Pool, url: string, file: string) {
  await timeCommand(url, 'scope', 'load', 'outage', file)
  await timeCommand(url, 'scope', 'publish', 'outage', '1')
  await pool.query('update lost_messages set handled_at = now() where id % 20 = 0')
  await pool.query('vacuum analyze')
}

type Ground = { url: string; folder: string; file: string }

async function measure(pool: pg.Pool, { url, folder, file }: Ground) {
  const cookies = await signIn(
    pool,
    Array.from({ length: visitors }, (_, visitor) => accountOfVisitor(visitor))
  )
  const portal = await startServer('src/main.ts', 3401, url)
  const pages = openPages(`${portal.url}/mypage`, cookies, pagesPerSecond)
  const postgresMemory = watchPostgres(folder)
  const scope = (...args: string[]) => phase(() => timeCommand(url, 'scope', ...args))
  const quiet = () => phase(() => sleep(seconds * 1_000))
  try {
    // So that every member's pages have been opened once.
    await sleep((visitors / pagesPerSecond) * 1_000)
    const before = await quiet()
    const load = await scope('load', 'outage', file)
    await checkScope(pool, affected, messages)
    const publish = await scope('publish', 'outage', '2')
    const after = await quiet()
    const withdraw = await scope('withdraw', 'outage', '2', '--yes')
    return { before, load, publish, after, withdraw, postgres: postgresMemory() }
  } finally {
    postgresMemory()
    await pages.stop()
    await portal.stop()
  }

  async function phase<T>(work: () => Promise<T>) {
    const start = coreTimes()
    const done = await pages.during(work)
    const end = coreTimes()
    return { ...done, idle: (end.idle - start.idle) / (end.all - start.all) }
  }
}

/** Of all cores, in milliseconds since the machine started. */
function coreTimes() {
  const times = cpus().map(core => core.times)
  const idle = times.reduce((sum, core) => sum + core.idle, 0)
  return { idle, all: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) }
}

/** An individual's; in turn of one affected all along, of one affected from the second version on, and of one never affected. */
function accountOfVisitor(visitor: number): number {
  const first = [0, earlier, affected][visitor % 3] as number
  for (let number = first + Math.floor(visitor / 3) * 50; ; number++) {
    const address = recipientOf(number, loss)
    if (address % 10 !== 0) return accountOf(address)
  }
}

type Measured = Awaited<ReturnType<typeof measure>>
type Took = { seconds: number; rss: number }
/** `idle` is the share of the cores that nobody used: little of it while quiet is other work on the machine. */
type Phase = { worked: Took | void; latencies: number[]; idle: number | undefined }

function summedUp({ before, load, publish, after, withdraw, postgres }: Measured) {
  const quiet = quantiles(before.latencies)
  const all = [load, publish]
  const latencies = all.flatMap(phase => phase.latencies)
  const took: Took = {
    seconds: all.reduce((sum, { worked }) => sum + worked.seconds, 0),
    rss: Math.max(...all.map(({ worked }) => worked.rss))
  }
  const wanted = `≤ ${limits.seconds} s, ≤ ${limits.megabytes} MB, p99 ≤ ${limits.ratio} × quiet`
  const table = [
    row('quiet', before),
    row('scope load', load),
    row('scope publish', publish),
    { ...row('load and publish', { worked: took, latencies, idle: undefined }), wanted },
    row('quiet, after it', after),
    row('scope withdraw', withdraw),
    { what: 'PostgreSQL, apart from the commands', 'most memory, MB': postgres }
  ]
  const { p99: ours } = quantiles(latencies)
  const result = { name: 'scope-scale', ours, reference: quiet.p99, ratio: ours / quiet.p99, unit: 'ms' }
  return { table, result }

  function row(what: string, { worked, latencies, idle }: Phase) {
    const { p50, p99, most } = quantiles(latencies)
    return {
      what,
      'took, s': worked?.seconds.toFixed(0) ?? '',
      'most memory, MB': worked?.rss ?? '',
      pages: latencies.length,
      'p50, ms': p50.toFixed(1),
      'p99, ms': p99.toFixed(1),
      'p99 / quiet': (p99 / quiet.p99).toFixed(2),
      'at most, ms': most.toFixed(0),
      'cores idle': idle === undefined ? '' : `${(100 * idle).toFixed(0)} %`
    }
  }
}
