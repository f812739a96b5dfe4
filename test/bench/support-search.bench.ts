import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type pg from 'pg'
import { fillEmpty } from '../../src/database/bulk.ts'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { inTransaction } from '../../src/database/copy.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import type { Database } from '../../src/database/tables.ts'
import { searchMembers } from '../../src/support/search.ts'

const addresses = Number(process.env.ADDRESSES ?? 10_000_000)
const tries = Number(process.env.ROUNDS ?? 9)

export const description =
  `the search of the support among ${addresses} addresses, nine in ten of individuals, the others of one contract, ` +
  'by the clock, for many kinds of what is typed; the median of 9 tries (ROUNDS) and the slowest; ' +
  'against a plain select by primary key; ADDRESSES for another size'

/** Of a Sato at aoba.example: see how the addresses are made. */
const number = String(105 * Math.floor(addresses / 315))

/** What is typed, by kind. */
const typed: Record<string, string> = {
  'login ID': `m${number}`,
  'login ID, full width': `ｍ${number}`,
  'beginning of a login ID': 'm12',
  'Administration ID': 'A0000001',
  address: `sato.${number}@aoba.example`,
  'address that nobody has': `suzuki.${number}@aoba.example`,
  'beginning of an address': 'suzuki.4',
  'name, many of it': '佐藤 花子',
  'name, full-width space': '高橋　健',
  'family name': '伊藤',
  'one character': '渡',
  'part: rare': `o.${number}@`,
  'part: five digits': '77777',
  'part: three digits': '123',
  'part: common, at the beginning': 'tanaka',
  'part: common, in the middle': 'anak',
  'part: in every address': 'example',
  'part: a domain': 'aoba-net.example',
  'part: of the contract, at the end': 'busho0',
  'part: common trigrams, rare together': 'o.1234567',
  'part: nothing has it': 'qqqxyz',
  'part: nothing, of common trigrams': 'satosatosato',
  'nobody, Japanese': '龍宮城乙姫'
}

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(folder)
  const pool = openPool(server.url, { connections: 2, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    await migrate(db)
    await fill(pool)
    const plain = await time(() => pool.query('select * from accounts where id = $1', [number]))
    await searchMembers(db, 'the first one opens the connections')
    const table = []
    for (const [what, text] of Object.entries(typed)) table.push(await timeSearch(db, what, text))
    const [ours, reference] = [Math.max(...table.map(row => row['slowest, ms'])), plain.slowest]
    const unit = 'ms by the clock, of the slowest try'
    return { table, result: { name: 'support-search', ours, reference, ratio: ours / reference, unit } }
  } finally {
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function timeSearch(db: Database, what: string, text: string) {
  const { result, median, slowest } = await time(() => searchMembers(db, text))
  const found = `${result.members.length}${result.more ? ', more' : ''}`
  return { 'what is typed': what, found, 'median, ms': round(median), 'slowest, ms': round(slowest) }
}

async function time<T>(work: () => Promise<T>) {
  const times: number[] = []
  let result: T
  do {
    const start = performance.now()
    result = await work()
    times.push(performance.now() - start)
  } while (times.length < tries)
  times.sort((one, other) => one - other)
  return { result, median: times[Math.floor(times.length / 2)] ?? NaN, slowest: times.at(-1) ?? NaN }
}

const round = (milliseconds: number) => Number(milliseconds.toFixed(1))

async function fill(pool: pg.Pool) {
  await inTransaction(pool, async client => {
    await client.query(`set local maintenance_work_mem = '1GB'`)
    for (const statement of ground) await client.query(statement)
    await client.query(accounts)
    await fillEmpty(client, 'addresses', () => client.query(owned))
  })
  await pool.query('vacuum analyze accounts, addresses')
}

const individuals = Math.floor(addresses * 0.9)
const pick = (words: string, by: string) => {
  const list = words.split(' ')
  return `(array['${list.join(`','`)}'])[1 + (${by}) % ${list.length}]`
}
const family = pick('佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本', 'n')
const given = pick('花子 太郎 健 由紀 翔 さくら 陽菜 蓮 美咲 大輔 直樹 恵', 'n / 15')
const surname = pick(
  'sato suzuki takahashi tanaka ito watanabe yamamoto nakamura kobayashi kato yoshida yamada sasaki yamaguchi matsumoto',
  'n'
)
const domain = pick('aoba.example aoba-net.example aoba-mail.example', 'n / 7')

const ground = [
  `insert into domains values ('aoba.example', 'provider'), ('aoba-net.example', 'provider'),
    ('aoba-mail.example', 'provider'), ('akane.example', 'virtual')`
]
const accounts = `
  insert into accounts (login_id, kind, name, language)
  select 'm' || n, 'individual', ${family} || ' ' || ${given}, 'ja' from generate_series(1, ${individuals}) as n
  union all select 'A0000001', 'business', '株式会社あかね', 'ja'`
const owned = `
  insert into addresses (account_id, email, domain)
  select n, ${surname} || '.' || n || '@' || ${domain}, ${domain} from generate_series(1, ${individuals}) as n
  union all
  select ${individuals + 1}, 'busho' || lpad(n::text, 8, '0') || '@akane.example', 'akane.example'
  from generate_series(1, ${addresses - individuals}) as n`
