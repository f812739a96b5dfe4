import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get as httpGet, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import { addCast, addPerson } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool } = await openTestPortal()
await addCast(db)
const long = {
  login_id: 'A7000000',
  kind: 'business' as const,
  name: 'Long',
  addresses: ['=sum@aoba.example', '+1@aoba.example', 'plain@aoba.example', '"a,b"@yamada.example']
}
const longId = await addPerson(db, long)
for (const id of ['A0012345', 'A7000000']) await setPassword(db, id, 'right')
await addIncident(db, 'outage')
const lost =
  'recipient,received_at\n=sum@aoba.example,2017-04-13T11:07:08Z\n=sum@aoba.example,2017-04-13T12:00:00Z\n'
await publishScope({ db, pool }, 'outage', temporaryFiles()('lost.csv', lost))
const cookie = await signIn(app, 'business', 'A7000000', 'right')
const path = '/business/incidents/outage/addresses.csv'
const headers = { cookie, 'accept-language': 'en' }

test('the CSV opens right in Excel: BOM, CRLF, and no cell that it would compute', async () => {
  const { headers: sent, rawPayload } = await app.inject({ url: path, headers })
  assert.equal(sent['content-type'], 'text/csv; charset=utf-8')
  assert.equal(sent['content-disposition'], 'attachment; filename="addresses-outage.csv"')
  assert.deepEqual([...rawPayload.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  assert.equal(rawPayload.toString().split('\r\n').length, 6)
  const zone = 'Japan Standard Time'
  const none = 'The outage affected this domain, but no mail to this address was lost.'
  const virtual = 'This address is on your own (virtual) domain, which the outage did not affect.'
  assert.deepEqual(parse(rawPayload, { bom: true }), [
    ['Address', 'Domain', 'Result', 'Reason', 'Lost messages', `First lost (${zone})`, `Last lost (${zone})`],
    ['"a,b"@yamada.example', 'yamada.example', 'Not affected', virtual, '', '', ''],
    ["'+1@aoba.example", 'aoba.example', 'Not affected', none, '', '', ''],
    ["'=sum@aoba.example", 'aoba.example', 'Affected', '', '2', '2017-04-13 20:07:08', '2017-04-13 21:00:00'],
    ['plain@aoba.example', 'aoba.example', 'Not affected', none, '', '', '']
  ])
})

test('a filter without any address gives the header alone', async () => {
  const { rawPayload } = await app.inject({ url: `${path}?verdict=undetermined`, headers })
  assert.equal(parse(rawPayload, { bom: true }).length, 1)
})

test('nobody can start a download by asking for its head alone', async () => {
  const query = db.selectFrom('addresses').select('id').where('email', '=', '=sum@aoba.example')
  const { id } = await query.executeTakeFirstOrThrow()
  for (const url of [path, `/business/incidents/outage/addresses/${id}/lost-mail.csv`]) {
    assert.equal((await app.inject({ url, headers })).statusCode, 200)
    assert.equal((await app.inject({ method: 'HEAD', url, headers })).statusCode, 404)
  }
})

test('a download larger than any buffer', async t => {
  // 17 MB: far more than streams and the system hold for a client that does not read. Long names make it so.
  const addresses = 100_000
  const start = 'many'.repeat(12)
  await pool.query(
    `insert into addresses (account_id, email, domain)
     select $1, $2 || number || '@aoba.example', 'aoba.example' from generate_series(1, $3::int) as number`,
    [longId, start, addresses]
  )
  await app.listen({ port: 0 })
  const { port } = app.server.address() as AddressInfo

  async function open(): Promise<IncomingMessage> {
    const [response] = await once(httpGet({ port, path, headers }), 'response')
    return response
  }

  /** Whether all connections to the database are soon idle, and stay so. */
  async function isQuiet(): Promise<boolean> {
    for (let quiet = 0, tries = 0; tries < 100; tries++) {
      await pause(50)
      const { rows } = await pool.query(
        `select from pg_stat_activity where datname = current_database() and state <> 'idle'
           and backend_type = 'client backend' and pid <> pg_backend_pid()`
      )
      quiet = rows.length === 0 && pool.idleCount === pool.totalCount ? quiet + 1 : 0
      if (quiet === 6) return true
    }
    return false
  }

  async function countWaiting(): Promise<number> {
    const { rows } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    )
    return rows.length
  }

  await t.test('has every address once', async () => {
    const seen = new Set<string>()
    let text = ''
    for await (const chunk of (await open()).setEncoding('utf8')) text += chunk
    for (const line of text.split('\r\n')) seen.add(line.split(',')[0] ?? '')
    assert.equal(text.split('\r\n').length, addresses + 4 + 2)
    assert.equal(seen.size, addresses + 4 + 2)
    assert.ok(text.length > 16_000_000, 'larger than any buffer')
  })

  await t.test('a search among them finds every address, however far off, in every order', async () => {
    const numbers = Array.from({ length: addresses / 100 }, (_, at) => at * 100 + 99)
    const names = numbers.map(number => `${start}${number}@aoba.example`).sort()
    for (const [order, expected] of Object.entries({ asc: names, desc: names.toReversed() }))
      for (const sort of ['address', 'count', 'last']) {
        const form = { q: '99@AOBA', verdict: 'not_affected', sort, direction: order }
        const { headers: found } = await post(app, '/business/incidents/outage/search', form, cookie)
        const csv = await app.inject({ url: String(found.location).replace('?', '/addresses.csv?'), headers })
        const rows: string[][] = parse(csv.rawPayload, { bom: true, from: 2 })
        const emails = rows.map(([email = '']) => email)
        // What is not affected has no count or time; it stands A to Z in their natural order, the highest first.
        assert.deepEqual(emails, sort === 'address' ? expected : expected.toReversed())
      }
  })

  await t.test('needs no connection to the database while the client does not read', async () => {
    const response = await open()
    assert.ok(await isQuiet())
    response.destroy()
  })

  await t.test('ends when the client goes away', async () => {
    for (let round = 0; round < 5; round++) {
      const response = await open()
      assert.equal(response.statusCode, 200)
      await once(response, 'data')
      response.destroy()
      assert.ok(await isQuiet())
    }
  })

  await t.test('is politely refused when three others are under way', async () => {
    const others = await Promise.all([open(), open(), open()])
    const refused = await open()
    assert.equal(refused.statusCode, 503)
    assert.match(refused.headers['retry-after'] ?? '', /^\d+$/)
    refused.destroy()
    for (const other of others) other.destroy()
    await pause(100)
    const again = await open()
    assert.equal(again.statusCode, 200)
    again.destroy()
  })

  await t.test('is not held up by three who left before it began', async () => {
    const blocker = await pool.connect()
    await blocker.query('begin; lock table incidents')
    const gone: Promise<unknown>[] = []
    app.server.on('request', (_request, response) => gone.push(once(response, 'close')))
    const requests = [1, 2, 3].map(() => httpGet({ port, path, headers, agent: false }).on('error', () => {}))
    while ((await countWaiting()) < 3) await pause(20)
    for (const request of requests) request.destroy()
    await Promise.all(gone)
    await blocker.query('rollback')
    blocker.release()
    assert.ok(await isQuiet())
    const fourth = await open()
    assert.equal(fourth.statusCode, 200)
    fourth.destroy()
  })

  await t.test('breaks off visibly when something fails on the way', async () => {
    const response = await open()
    await once(response, 'readable')
    await pool.query('alter table affected_addresses rename to gone')
    await assert.rejects(
      async () => {
        for await (const chunk of response) assert.ok(chunk)
      },
      { code: 'ECONNRESET' }
    )
    await pool.query('alter table gone rename to affected_addresses')
    assert.ok(await isQuiet())
  })
})
