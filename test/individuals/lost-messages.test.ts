import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool } = await openTestPortal()
await addCast(db)
for (const id of ['hanako', 'taro']) await setPassword(db, id, 'right')
await addIncident(db, 'outage')
const file = temporaryFiles()

// 120 messages, one a minute from 20:06, from four senders in turn: 30 of each.
const senders = ['shop@shop.example', '=cmd|calc@evil.example', '<script>@evil.example', '']
const rows = Array.from({ length: 120 }, (_, at) => {
  const time = new Date(Date.UTC(2017, 3, 13, 11, 6 + at, 7)).toISOString()
  return `hanako@aoba.example,${time},${senders[at % 4]},<m${at}@mx.example>,${at * 1024},Q${at}`
})
const header = 'recipient,received_at,sender,message_id,size,queue_id'
await publishScope({ db, pool }, 'outage', file('lost.csv', [header, ...rows, ''].join('\n')))

const cookie = await signIn(app, 'individual', 'hanako', 'right')
const get = (path: string, as = cookie) => app.inject({ url: path, headers: { cookie: as } })
const page = '/mypage/incidents/outage'
const messagesOn = (body: string) =>
  [...body.matchAll(/&lt;m(\d+)@mx\.example/g)].map(([, number]) => Number(number))
const linkOf = (body: string, rel: string) =>
  new RegExp(`rel="${rel}" href="([^"#]+)`).exec(body)?.[1]?.replaceAll('&amp;', '&')
const addressId = async () => /address=(\d+)/.exec((await get('/mypage')).body)?.[1] ?? ''

test('paging forth and back by time shows every message once, in order', async () => {
  const first = (await get(page)).body
  assert.deepEqual(
    messagesOn(first),
    Array.from({ length: 50 }, (_, at) => at)
  )
  assert.equal(linkOf(first, 'prev'), undefined)
  const second = (await get(linkOf(first, 'next') ?? '')).body
  assert.deepEqual(
    messagesOn(second),
    Array.from({ length: 50 }, (_, at) => 50 + at)
  )
  const third = (await get(linkOf(second, 'next') ?? '')).body
  assert.deepEqual(
    messagesOn(third),
    Array.from({ length: 20 }, (_, at) => 100 + at)
  )
  assert.equal(linkOf(third, 'next'), undefined)
  const back = (await get(linkOf(third, 'prev') ?? '')).body
  assert.deepEqual(messagesOn(back), messagesOn(second))
  assert.deepEqual(messagesOn((await get(linkOf(back, 'prev') ?? '')).body), messagesOn(first))
})

test('by sender, the messages of a sender stand together under its name and number', async () => {
  const first = (await get(`${page}?by=sender`)).body
  assert.deepEqual(
    messagesOn(first).slice(0, 30),
    Array.from({ length: 30 }, (_, at) => 3 + 4 * at)
  )
  assert.deepEqual(
    messagesOn(first).slice(30),
    Array.from({ length: 20 }, (_, at) => 2 + 4 * at)
  )
  assert.match(first, /差出人なし（自動通知） <span class="hint">30通/)
  const second = (await get(linkOf(first, 'next') ?? '')).body
  assert.deepEqual(
    messagesOn(second).slice(0, 10),
    Array.from({ length: 10 }, (_, at) => 82 + 4 * at)
  )
})

test('what a stranger wrote as sender is shown as text, never as markup', async () => {
  const { body } = await get(page)
  assert.ok(body.includes('&lt;script&gt;@evil.example'))
  assert.ok(!body.includes('<script>@'))
})

test('the window is drawn, and the same figures stand in a table', async () => {
  const { body } = await get(page)
  assert.equal(body.match(/<rect /g)?.length, 24)
  const table = [...body.matchAll(/<th scope="row">(\d\d:\d\d)–(\d\d:\d\d)<\/th><td class="number">(\d+)</g)]
  assert.deepEqual(table[0]?.slice(1), ['20:06', '20:11', '5'])
  assert.equal(
    table.reduce((sum, [, , , messages]) => sum + Number(messages), 0),
    120
  )
})

test('a message is marked as handled, and the mark taken back, by its owner only', async () => {
  const address = await addressId()
  const { id } = await db
    .selectFrom('lost_messages')
    .select('id')
    .where('queue_id', '=', 'Q0')
    .executeTakeFirstOrThrow()
  const mark = (form: Record<string, string>, as = cookie) =>
    post(app, `${page}/handled`, { address, ...form }, as)
  const stranger = await signIn(app, 'individual', 'taro', 'right')
  assert.equal((await mark({ done: id }, stranger)).statusCode, 404)
  assert.equal(
    (await mark({ done: id })).headers.location,
    `${page}?address=${address}&by=time#message-${id}`
  )
  assert.match((await get(page)).body, /✓ 済み/)
  await mark({ undone: id })
  assert.doesNotMatch((await get(page)).body, /✓ 済み/)
})

test('a ready-made request in both languages goes to the sender', async () => {
  const address = await addressId()
  const { id } = await db
    .selectFrom('lost_messages')
    .select('id')
    .where('queue_id', '=', 'Q0')
    .executeTakeFirstOrThrow()
  const { body } = await get(`${page}/messages/${id}?address=${address}`)
  assert.match(body, /2017年4月13日（木）20:06（日本標準時）ごろ、hanako@aoba\.example あてに/)
  assert.match(body, /The message that you sent to hanako@aoba\.example on Thu, 13 April 2017 at about 20:06/)
  const [mailto = ''] = [...body.matchAll(/href="(mailto:shop[^"]+)"/g)].map(([, link]) => link ?? '')
  const link = new URL(mailto.replaceAll('&amp;', '&'))
  assert.equal(decodeURIComponent(link.pathname), 'shop@shop.example')
  assert.match(
    decodeURIComponent(/body=(.*)$/.exec(link.search)?.[1] ?? ''),
    /Message-ID: <m0@mx\.example>\r\n/
  )
})

test('the CSV holds every message, with formulas made harmless, and opens in Excel', async () => {
  const { body, headers, rawPayload } = await get(`${page}/lost-mail.csv?address=${await addressId()}`)
  assert.deepEqual([...rawPayload.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  assert.equal(headers['content-type'], 'text/csv; charset=utf-8')
  assert.equal(headers['content-disposition'], 'attachment; filename="lost-mail-outage.csv"')
  const records = parse(body, { bom: true }) as string[][]
  assert.equal(records.length, 121)
  assert.deepEqual(records[0]?.slice(0, 3), ['アドレス', '受付日時（日本標準時）', '差出人'])
  assert.deepEqual(records[2], [
    ...['hanako@aoba.example', '2017-04-13 20:07:07', "'=cmd|calc@evil.example", '1024'],
    ...['<m1@mx.example>', 'Q1', 'いいえ']
  ])
})

test('addresses, messages and files of others are not found', async () => {
  const stranger = await signIn(app, 'individual', 'taro', 'right')
  const address = await addressId()
  const { id } = await db
    .selectFrom('lost_messages')
    .select('id')
    .where('queue_id', '=', 'Q0')
    .executeTakeFirstOrThrow()
  for (const path of [
    `?address=${address}`,
    `/lost-mail.csv?address=${address}`,
    `/messages/${id}?address=${address}`
  ])
    assert.equal((await get(page + path, stranger)).statusCode, 404, path)
  const own = /address=(\d+)/.exec((await get(page, stranger)).body)?.[1] ?? '0'
  assert.equal((await get(`${page}/messages/${id}?address=${own}`, stranger)).statusCode, 404)
  assert.equal((await get(`${page}/lost-mail.csv?address=${own}`, stranger)).statusCode, 404)
})
