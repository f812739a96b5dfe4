import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { timeCommand } from './command.ts'

const addresses = Number(process.env.ADDRESSES ?? 88_798)
const messages = Number(process.env.MESSAGES ?? Math.max(200_000, addresses))

export const description =
  `mypage scope load of ${addresses} addresses with ${messages} lost messages against raw COPY of the ` +
  'same rows into plain tables; ADDRESSES=2600000 for the large one'

const tables = ['lost_messages', 'affected_addresses']
const windowStart = Date.parse('2017-04-13T20:06:00+09:00')
const windowLength = 139 * 60_000

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(path.join(folder, 'data'))
  const pool = openPool(server.url, { connections: 2, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    await migrate(db)
    await addMembers(pool)
    const file = path.join(folder, 'lost-mail.csv')
    await pipeline(Readable.from(lostMail()), createWriteStream(file))
    return summed(await measure(pool, { url: server.url, folder, file }))
  } finally {
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One address in ten belongs to one of a hundred businesses, the others to one individual each. */
async function addMembers(pool: pg.Pool) {
  // The load only reads addresses; without this index they are there much sooner.
  await pool.query('drop index addresses_by_part')
  await pool.query(`insert into domains values ('aoba.example', 'provider')`)
  await pool.query(`
    insert into incidents (slug, title_ja, title_en, starts_at, ends_at, zone)
    values ('outage', '', '', '2017-04-13T20:06+09:00', '2017-04-13T22:25+09:00', 'Asia/Tokyo')`)
  await pool.query(`insert into incident_domains select id, 'aoba.example' from incidents`)
  await pool.query(
    `insert into accounts (login_id, kind, name, language)
     select 'A' || number, 'business', 'Company ' || number, 'ja' from generate_series(1, 100) as number
     union all
     select 'm' || number, 'individual', 'Member ' || number, 'ja' from generate_series(1, $1) as number`,
    [addresses]
  )
  await pool.query(
    `insert into addresses (account_id, email, domain)
     select case when number % 10 = 0 then 1 + number / 10 % 100 else 100 + number end,
       'user' || number || '@aoba.example', 'aoba.example'
     from generate_series(0, $1 - 1) as number order by 1`,
    [addresses]
  )
  await pool.query('vacuum analyze accounts, addresses')
}

/** In the order of time, as logs are: the recipients come in no order. */
function* lostMail() {
  yield 'recipient,received_at,sender,message_id,size,queue_id\n'
  // Coprime to the number of addresses, so that every one comes up.
  const stride = 1_000_003
  for (let number = 0; number < messages; number++) {
    const recipient = (number * stride) % addresses
    const time = new Date(windowStart + Math.floor((number / messages) * windowLength)).toISOString()
    const sender = `sender${number % 5_000}@sender${number % 700}.example`
    yield `user${recipient}@aoba.example,${time},${sender},<${number}.${recipient}@host.example>,${number % 90_000},4w${number}\n`
  }
}

type Ground = { url: string; folder: string; file: string }
type Measured = { run: number; load: number; copy: number; rss: number }

async function measure(pool: pg.Pool, ground: Ground): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let run = 1; run <= 3; run++) {
    await pool.query('truncate lost_messages, affected_addresses, affected_totals, unmatched_recipients')
    await pool.query('delete from scopes')
    const { seconds: load, rss } = await timeCommand(ground.url, 'scope', 'load', 'outage', ground.file)
    await check(pool)
    if (run === 1) for (const table of tables) await writeRows(pool, table, ground.folder)
    measured.push({ run, load, copy: await timeCopy(pool, ground.folder), rss })
  }
  return measured
}

async function check(pool: pg.Pool) {
  const { rows } = await pool.query('select totals from scopes')
  const { affected_addresses, lost_messages } = rows[0].totals
  if (affected_addresses !== addresses || lost_messages !== messages)
    throw new Error(`loaded ${affected_addresses} addresses and ${lost_messages} messages`)
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
