import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KyselyPlugin } from 'kysely'
import { addReport } from '../../src/reports/at-once.ts'
import { openNewsstand } from '../../src/reports/newsstand.ts'
import { withdrawScope } from '../../src/scopes/withdraw.ts'
import { addCast } from '../helpers/cast.ts'
import { lostMail, textOf } from '../helpers/desk.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { untilSeen } from '../helpers/news.ts'
import { openTestPortal } from '../helpers/portal.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const { app, config, db, pool } = await openTestPortal({
  BASE_URL: 'https://mypage.example',
  TRUSTED_PROXIES: '127.0.0.1/32'
})
await addCast(db)
await addIncident(db, 'outage')
const file = temporaryFiles()
await publishScope({ db, pool }, 'outage', file('1.csv', lostMail('hanako@aoba.example 20:10')))
const actor = { kind: 'command' as const, name: 'test' }
const { id: incidentId } = await db.selectFrom('incidents').select('id').executeTakeFirstOrThrow()
const text = {
  ...{ title_ja: '第1報', title_en: 'First report' },
  body_ja: '**{{affected_addresses}}**、{{lost_messages}}、{{scope_version}}、{{domains}}です。',
  body_en: 'Of {{affected_addresses}}, by {{ scope_version }}.'
}
await addReport(db, { incidentId, text, at: null, actor })
const report = '/news/outage/1/ja'
const get = (path: string, headers: Record<string, string> = {}) => app.inject({ url: path, headers })
const readable = async (path: string) => {
  await untilSeen()
  return textOf((await get(path)).body)
}

test('the page of a language may be kept by anybody, and is the same for everybody', async () => {
  const { statusCode, headers, body } = await get(report)
  assert.equal(statusCode, 200)
  assert.equal(headers['cache-control'], 'public, max-age=5, stale-while-revalidate=5, stale-if-error=86400')
  assert.match(String(headers.etag), /^"[\w-]{24}"$/)
  assert.equal(headers['set-cookie'], undefined)
  assert.equal(headers.vary, undefined)
  assert.equal(headers['content-language'], 'ja')
  assert.match(String(headers['content-security-policy']), /default-src 'none'/)
  const others = [
    { cookie: 'session=x; staff=y; language=en', 'accept-language': 'en' },
    { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
  ]
  for (const other of others) assert.equal((await get(report, other)).body, body)
  assert.equal((await get(`${report}?evil=1`)).body, body)
})

test('who has the page already gets 304, also where a proxy packs it; HEAD gives no body', async () => {
  const { headers, body } = await get(report)
  const etag = String(headers.etag)
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await get(report, { 'if-none-match': known })
    assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', etag], known)
    assert.match(String(again.headers['cache-control']), /^public/)
  }
  assert.equal((await get(report, { 'if-none-match': '"other"' })).statusCode, 200)
  const head = await app.inject({ method: 'HEAD', url: report })
  assert.deepEqual([head.statusCode, head.body, head.headers.etag], [200, '', etag])
  assert.equal(head.headers['content-length'], String(Buffer.byteLength(body)))
})

test('each language leads to the other, and says where it stands itself', async () => {
  const { body } = await get(report)
  assert.ok(body.includes('<a href="/news/outage/1/en" lang="en" hreflang="en">English</a>'))
  assert.ok(body.includes('<link rel="canonical" href="https://mypage.example/news/outage/1/ja">'))
  assert.ok(
    body.includes('<link rel="alternate" hreflang="en" href="https://mypage.example/news/outage/1/en">')
  )
  assert.ok((await get('/news/outage/1/en')).body.includes('<h1>First report</h1>'))
  assert.ok((await get('/news/en')).body.includes('<a href="/news/outage/1/en">First report</a>'))
  assert.ok((await get('/news/feed.en.xml')).body.includes('https://mypage.example/news/outage/1/en'))
})

test('who goes on to the login reads on in the language of the page', async () => {
  const { body } = await get('/news/outage/1/en')
  assert.ok(body.includes('<a class="action" href="/login/individual?language=en">'))
  const login = await get('/login/individual?language=en', { 'accept-language': 'ja' })
  assert.match(login.body, /<html lang="en">/)
  assert.match(String(login.headers['set-cookie']), /^language=en; .*HttpOnly; Secure; SameSite=Lax/)
  assert.equal((await get('/login/individual?language=xx')).headers['set-cookie'], undefined)
  assert.equal((await get(`${report}?language=en`)).headers['set-cookie'], undefined)
})

test('an address that was kept of an export leads to the page here', async () => {
  const { body } = await get(report)
  for (const kept of [`${report}/`, `${report}/index.html`, `${report}/?x=1`])
    assert.equal((await get(kept)).body, body, kept)
  assert.equal((await get('/index.html')).statusCode, 200)
  assert.equal((await get('/login/individual/index.html')).statusCode, 404)
})

test('the address without a language follows the visitor, and no cache mixes the two up', async () => {
  for (const path of ['/', '/news/outage/1', '/news/outage/1/history', '/news/feed.xml']) {
    const { headers } = await get(path, { 'accept-language': 'en' })
    assert.equal(headers['content-language'], 'en', path)
    assert.equal(headers.vary, 'cookie, accept-language', path)
    assert.equal(headers['cache-control'], 'no-cache', path)
  }
})

test('the figures are those of the scope, counted as the language counts, and never read as Markdown', async () => {
  const { body } = await get(report)
  assert.ok(
    body.includes(
      '<p><strong>1件</strong>、1通、第1版、aoba-mail.example、aoba-net.example、aoba.exampleです。</p>'
    )
  )
})

test('a scope that replaces another is seen in the text within a second, and in the history', async () => {
  const two = lostMail('hanako@aoba.example 20:10', 'taro@aoba.example 20:11')
  await publishScope({ db, pool }, 'outage', file('2.csv', two))
  assert.match(
    await readable('/news/outage/1/en'),
    /Figures updated on .*, with version 2 .* Of 2, by version 2\./
  )
  const history = await readable('/news/outage/1/en/history')
  assert.match(history, /The figures changed with version 2 of the findings\./)
  assert.match(history, /Of \[removed: 1 ?\] ?\[added: 2 ?\] ?, by version \[removed: 1/)
})

test('a scope that is withdrawn takes its figures with it', async () => {
  for (const version of [2, 1])
    await db.transaction().execute(tx => withdrawScope(tx, { incidentId, version, actor, sure: true }))
  const page = await readable('/news/outage/1/en')
  assert.match(page, /findings were withdrawn on .* Of \[being determined\], by \[being determined\]\./)
  assert.match(page, /Affected addresses Still being determined/)
  const history = await readable('/news/outage/1/ja/history')
  assert.match(history, /確認中になりました。/)
  assert.equal(history.match(/このときの全文/g)?.length, 4)
})

test('a change that changes no word of the text is not in the history', async () => {
  await db.updateTable('incidents').set({ unaffected_en: 'Mail that was sent' }).execute()
  assert.equal((await readable('/news/outage/1/ja/history')).match(/このときの全文/g)?.length, 4)
})

test('what nobody may read is answered as what is not there', async () => {
  await publishScope({ db, pool }, 'outage', file('3.csv', lostMail('hanako@aoba.example 20:12')))
  const later = { ...text, title_ja: 'Later', title_en: 'Later' }
  await addReport(db, { incidentId, text: later, at: new Date('2999-01-01'), actor })
  await untilSeen()
  const [scheduled, unknown] = [await get('/news/outage/2/en'), await get('/news/outage/77/en')]
  for (const key of ['date', 'content-length'])
    for (const { headers } of [scheduled, unknown]) delete headers[key]
  assert.deepEqual(
    [scheduled.statusCode, scheduled.headers, scheduled.body.replace('/2/', '/77/')],
    [404, unknown.headers, unknown.body]
  )
  for (const path of ['/news/en', '/news/feed.en.xml', '/', '/news/outage/1/en/history'])
    assert.doesNotMatch((await get(path)).body, /Later/, path)
})

test('while the database is away, or does not answer, the last copy stays up', async () => {
  const { body } = await get(report)
  await pool.query('alter view reports rename to reports_away')
  await untilSeen()
  assert.equal((await get(report)).body, body)
  await pool.query('alter view reports_away rename to reports')
  const holder = await pool.connect()
  await holder.query('begin; lock table report_drafts')
  await untilSeen()
  const start = performance.now()
  assert.equal((await get(report)).body, body)
  assert.ok(performance.now() - start < 1_800, 'a visitor waited for the database')
  const again = performance.now()
  assert.equal((await get(report)).body, body)
  assert.ok(performance.now() - again < 200, 'the next visitor waited too')
  await holder.query('rollback')
  holder.release()
})

test('a crowd asks the database once, also for what is not there', async () => {
  let questions = 0
  const counting: KyselyPlugin = {
    transformQuery: ({ node }) => {
      questions++
      return node
    },
    transformResult: async ({ result }) => result
  }
  const newsstand = openNewsstand(config, db.withPlugin(counting), () => assert.fail())
  const crowd = Array.from({ length: 300 }, (_, at) => (at % 2 ? 'outage/1' : `nothing-${at}/1`))
  const found = await Promise.all(crowd.map(name => newsstand.find(name, 'ja', true)))
  assert.equal(found.filter(document => document !== undefined).length, 150)
  assert.ok(questions <= 5, `${questions} questions`)
})
