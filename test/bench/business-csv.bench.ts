import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { hashPassword } from '../../src/sign-in/passwords.ts'
import { openContracts } from './contracts.ts'
import { memoryOf, type Server, startServer } from './processes.ts'

const path = '/business/incidents/outage/addresses.csv'

export const description =
  'a CSV of all addresses of a contract of a million, through the real login and HTTP, in rows a second, ' +
  'against raw COPY TO STDOUT of the same facts; ADDRESSES for another size'

export async function run() {
  const { url, pool, close } = await openContracts()
  let server: Server | undefined
  try {
    server = await startServer('src/main.ts', 3403, url)
    await pool.query('update accounts set password_hash = $1, password_scheme = $2 where id = 1', [
      await hashPassword('right'),
      'argon2id'
    ])
    const cookie = await logIn(server)
    const table = []
    for (let round = 1; round <= 3; round++)
      table.push({ round, ...(await download(server, cookie)), 'raw COPY, rows/s': await copy(pool) })
    const ours = median(table.map(row => row['export, rows/s']))
    const reference = median(table.map(row => row['raw COPY, rows/s']))
    return {
      table,
      result: { name: 'business-csv', ours, reference, ratio: ours / reference, unit: 'rows/s' }
    }
  } finally {
    await server?.stop()
    await close()
  }
}

async function logIn({ url }: Server): Promise<string> {
  const response = await fetch(`${url}/login/business`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ login_id: 'A0000001', password: 'right' })
  })
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function download({ url, pid }: Server, cookie: string) {
  const rss = () => memoryOf(pid)?.rss ?? Number.NaN
  const before = rss()
  const start = performance.now()
  const [response]: [IncomingMessage] = (await once(
    get(`${url}${path}`, { headers: { cookie } }),
    'response'
  )) as never
  let [firstByte, lines, peak] = [0, 0, before]
  for await (const chunk of response) {
    firstByte ||= performance.now() - start
    for (const byte of chunk as Buffer) if (byte === 10) lines++
    peak = Math.max(peak, rss())
  }
  const seconds = (performance.now() - start) / 1_000
  return {
    rows: lines - 1,
    'export, rows/s': Math.round((lines - 1) / seconds),
    'first byte, ms': Math.round(firstByte),
    'RSS before, MB': before,
    'RSS at most, MB': peak
  }
}

/** What the export says of each address, joined for all of them at once. */
async function copy(pool: pg.Pool): Promise<number> {
  const client = await pool.connect()
  const start = performance.now()
  const stream = client.query(
    copyTo(`copy (
      select a.email, a.domain, f.email is not null, u.email is not null or o.email is not null, d.kind,
        f.lost_count, f.first_lost_at, f.last_lost_at
      from addresses a
      join domains d on d.name = a.domain
      left join affected_addresses f on f.account_id = 1 and f.scope_id = 1 and f.email = a.email
      left join unmatched_recipients u on u.scope_id = 1 and u.email = a.email
      left join affected_addresses o on o.scope_id = 1 and o.email = a.email and o.account_id <> 1
      where a.account_id = 1 order by a.email
    ) to stdout (format csv)`)
  )
  let rows = 0
  for await (const chunk of stream) for (const byte of chunk as Buffer) if (byte === 10) rows++
  client.release()
  return Math.round(rows / ((performance.now() - start) / 1_000))
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
