import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { inTransaction } from '../../src/database/copy.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { timeCommand } from './command.ts'
import { addAccounts, addAddresses, addIncident, checkScope, writeLostMail } from './lost-mail.ts'

const addresses = Number(process.env.ADDRESSES ?? 88_798)
const messages = Number(process.env.MESSAGES ?? Math.max(200_000, addresses))

export const description =
  `mypage scope load of ${addresses} addresses with ${messages} lost messages against raw COPY of the ` +
  'same rows into plain tables; ADDRESSES=2600000 for the large one'

const tables = ['lost_messages', 'affected_addresses']

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(path.join(folder, 'data'))
  const pool = openPool(server.url, { connections: 2, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    await migrate(db)
    await addMembers(pool)
    const file = path.join(folder, 'lost-mail.csv')
    await writeLostMail(file, { owned: addresses, affected: addresses, messages })
    return summed(await measure(pool, { url: server.url, folder, file }))
  } finally {
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function addMembers(pool: pg.Pool) {
  // The load only reads addresses; without this index they are there much sooner.
  await pool.query('drop index addresses_by_part')
  await inTransaction(pool, async client => {
    await addIncident(client)
    await addAccounts(client, addresses)
    await addAddresses(client, addresses)
  })
  await pool.query('vacuum analyze accounts, addresses')
}

type Ground = { url: string; folder: string; file: string }
type Measured = { run: number; load: number; copy: number; rss: number }

async function measure(pool: pg.Pool, ground: Ground): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let run = 1; run <= 3; run++) {
    await pool.query('truncate scopes cascade')
    const { seconds: load, rss } = await timeCommand(ground.url, 'scope', 'load', 'outage', ground.file)
    await checkScope(pool, addresses, messages)
    if (run === 1) for (const table of tables) await writeRows(pool, table, ground.folder)
    measured.push({ run, load, copy: await timeCopy(pool, ground.folder), rss })
  }
  return measured
}

async function writeRows(pool: pg.Pool, table: string, folder: string) {
  const client = await pool.connect()
  await pipeline(client.query(copyTo(`copy ${table} to stdout`)), createWriteStream(path.join(folder, table)))
  client.release()
}

async function timeCopy(pool: pg.Pool, folder: string): Promise<number> {
  const client = await pool.connect()
  for (const table of tables) {
    await client.query(`drop table if exists plain_${table}`)
    await client.query(`create table plain_${table} (like ${table})`)
  }
  const start = performance.now()
  await client.query('begin')
  for (const table of tables)
    await pipeline(
      createReadStream(path.join(folder, table)),
      client.query(copyFrom(`copy plain_${table} from stdin`))
    )
  await client.query('commit')
  const seconds = (performance.now() - start) / 1000
  client.release()
  return seconds
}

function summed(measured: Measured[]) {
  const ours = median(measured.map(({ load }) => load))
  const reference = median(measured.map(({ copy }) => copy))
  const table = measured.map(({ run, load, copy, rss }) => ({
    run,
    'scope load, s': load.toFixed(2),
    'raw COPY, s': copy.toFixed(2),
    'peak RSS of the command, MB': rss
  }))
  return { table, result: { name: 'scope-load', ours, reference, ratio: ours / reference, unit: 's' } }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
