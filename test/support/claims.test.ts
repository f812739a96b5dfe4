import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishScope } from '../helpers/incident.ts'
import { openOutage } from '../helpers/outage.ts'
import { post, signIn } from '../helpers/portal.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool } = await openOutage()
const file = temporaryFiles()
const taro = await signIn(app, 'individual', 'taro', 'right')
const hanako = await signIn(app, 'individual', 'hanako', 'right')
const company = await signIn(app, 'business', 'A0012345', 'right')
const address = async (email: string) =>
  (await db.selectFrom('addresses').select('id').where('email', '=', email).executeTakeFirstOrThrow()).id
const [taros, virtual, hanakos, sales] = [
  await address('taro@aoba.example'),
  await address('taro@yamada.example'),
  await address('hanako@aoba.example'),
  await address('sales@aoba-net.example')
]

const get = (path: string, cookie: string) => app.inject({ url: path, headers: { cookie } })
const mail = { expected_at: '2017-04-13T21:00', sender: 'お店 <shop@ichiba.example>' }
const claim = (id: string, cookie = taro, form: Record<string, string> = mail, home = '/mypage') =>
  post(app, `${home}/claims`, { incident: 'outage', address: id, ...form }, cookie)

test('the card of an address that is not affected leads to the form, which says who reads it', async () => {
  const { body } = await get('/mypage', taro)
  assert.ok(body.includes(`/mypage/claims/new?incident=outage&amp;address=${taros}`))
  assert.doesNotMatch((await get('/mypage', hanako)).body, /claims\/new/)
  const form = await get(`/mypage/claims/new?incident=outage&address=${taros}`, taro)
  assert.equal(form.statusCode, 200)
  assert.match(form.body, /あおば通信の担当者が読みます/)
})

test('neither an affected address, nor somebody else’s, nor an unknown incident can be claimed for', async () => {
  const at = (incident: string, id: string) => `/mypage/claims/new?incident=${incident}&address=${id}`
  assert.equal((await get(at('outage', hanakos), hanako)).statusCode, 404)
  assert.equal((await get(at('outage', hanakos), taro)).statusCode, 404)
  assert.equal((await get(at('nothing', taros), taro)).statusCode, 404)
  assert.equal((await claim(hanakos)).statusCode, 404)
  assert.equal((await claim(hanakos, hanako)).statusCode, 404)
})

test('what is missing or in the future is told, and what was entered stays', async () => {
  for (const form of [
    { expected_at: '', sender: 'x' },
    { expected_at: 'yesterday', sender: 'x' },
    { expected_at: '2999-01-01T00:00', sender: 'x' },
    { expected_at: '2017-04-13T21:00', sender: ' ' }
  ]) {
    const { statusCode, body } = await claim(taros, taro, form)
    assert.equal(statusCode, 400)
    assert.ok(body.includes(`value="${form.expected_at}"`))
  }
})

test('a report is kept in the time of the incident, received, and in the audit without its sender', async () => {
  const { statusCode, headers } = await claim(taros)
  assert.equal(statusCode, 303)
  assert.equal(headers.location, '/mypage/support#claims')
  assert.equal((await claim(virtual)).statusCode, 303)
  const kept = await db.selectFrom('lost_mail_claims').selectAll().orderBy('id').execute()
  assert.equal(kept[0]?.expected_at.toISOString(), '2017-04-13T12:00:00.000Z')
  assert.equal(kept[0]?.sender, 'お店 <shop@ichiba.example>')
  const { body } = await get('/mypage/support', taro)
  assert.match(body, /次の調査結果を公表したときにお答えします/)
  assert.doesNotMatch(body, /第1版/)
  const events = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('action', '=', 'lost mail claimed')
    .execute()
  assert.equal(events.length, 2)
  assert.doesNotMatch(JSON.stringify(events), /ichiba/)
  assert.doesNotMatch((await get('/mypage/support', hanako)).body, /ichiba/)
})

test('a business reports for its own addresses too', async () => {
  const page = await get(`/business/incidents/outage/addresses/${sales}`, company)
  assert.ok(page.body.includes(`/business/claims/new?incident=outage&amp;address=${sales}`))
  assert.equal((await claim(sales, company, mail, '/business')).statusCode, 303)
  assert.match((await get('/business/support', company)).body, /sales@aoba-net\.example/)
  assert.equal((await claim(taros, company, mail, '/business')).statusCode, 404)
})

test('the next published scope answers', async () => {
  const times = {
    'hanako@aoba.example': '20:10',
    'info@aoba-net.example': '20:11',
    'taro@aoba.example': '21:01'
  }
  const rows = Object.entries(times).map(([email, time]) => `${email},2017-04-13T${time}+09:00`)
  const lost = ['recipient,received_at', ...rows, ''].join('\n')
  await publishScope({ db, pool }, 'outage', file('second.csv', lost), [{ from: '20:06:00', to: '20:10:00' }])
  const { body } = await get('/mypage/support', taro)
  assert.match(body, /第2版：このアドレスあてのメールが失われていました/)
  assert.match(body, /第2版：このアドレスについては、まだ確認中です/)
})

test('20 reports an incident, also at once, and no more', async () => {
  const answers = await Promise.all(Array.from({ length: 22 }, () => claim(virtual)))
  const refused = answers.filter(({ statusCode }) => statusCode === 400)
  assert.equal(refused.length, 4)
  assert.match(refused[0]?.body ?? '', /報告できるのは20件までです/)
})
