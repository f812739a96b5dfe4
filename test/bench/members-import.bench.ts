import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { timeCommand } from './command.ts'

const rows = Number(process.env.ROWS ?? 200_000)

export const description =
  `mypage members import of ${rows} rows into an empty database, and once more, against raw COPY of the ` +
  'same file into a plain table; ROWS=1000000 for a large one'

const columns = ['login_id', 'kind', 'name', 'contact_email', 'language', 'password_hash', 'address']
const domains = ['asahinet.jp', 'asahi-net.or.jp', 'email.ne.jp']
const hash = '$2b$10$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3l'

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(path.join(folder, 'data'))
  const pool = openPool(server.url, { connections: 1, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    await migrate(db)
    const file = path.join(folder, 'members.csv')
    await pipeline(Readable.from(members()), createWriteStream(file))
    return summed(await measure(pool, server.url, file))
  } finally {
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Seven rows in ten are individuals with one address, the others belong to contracts of 60 addresses. */
function* members() {
  yield `${columns.join()}\n`
  for (let number = 0; number < rows; number++) {
    const contract = Math.floor(number / 200)
    const business = number % 10 >= 7
    const domain = business ? `company${contract}.example` : domains[number % domains.length]
    const owner = business
      ? `A${String(contract).padStart(7, '0')},business,青葉商事 ${contract},,ja,`
      : `m${number},individual,青葉 花子,c${number}@contact.example,ja,${hash}${String(number).padStart(3, '0').slice(-3)}`
    yield `${owner},user${number}@${domain}\n`
  }
}

type Measured = { run: number; first: number; again: number; copy: number; rss: number }

async function measure(pool: pg.Pool, url: string, file: string): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let run = 1; run <= 3; run++) {
    await pool.query('truncate accounts, domains, addresses, address_totals cascade')
    const first = await timeCommand(url, 'members', 'import', file)
    await check(pool)
    const again = await timeCommand(url, 'members', 'import', file)
    const copy = await timeCopy(pool, file)
    measured.push({
      run,
      first: first.seconds,
      again: again.seconds,
      copy,
      rss: Math.max(first.rss, again.rss)
    })
  }
  return measured
}

async function check(pool: pg.Pool) {
  const found = await pool.query('select count(*)::int as count from addresses')
  if (found.rows[0].count !== rows) throw new Error(`imported ${found.rows[0].count} addresses`)
}

async function timeCopy(pool: pg.Pool, file: string): Promise<number> {
  const client = await pool.connect()
  await client.query('drop table if exists plain')
  await client.query(`create table plain (${columns.map(name => `${name} text`).join()})`)
  const start = performance.now()
  await pipeline(createReadStream(file), client.query(copyFrom('copy plain from stdin (format csv, header)')))
  const seconds = (performance.now() - start) / 1000
  client.release()
  return seconds
}

function summed(measured: Measured[]) {
  const ours = median(measured.map(({ first }) => first))
  const reference = median(measured.map(({ copy }) => copy))
  const table = measured.map(({ run, first, again, copy, rss }) => ({
    run,
    'import, s': first.toFixed(2),
    'the same again, s': again.toFixed(2),
    'raw COPY, s': copy.toFixed(2),
    'peak RSS of the command, MB': rss
  }))
  return { table, result: { name: 'members-import', ours, reference, ratio: ours / reference, unit: 's' } }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
