import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { untilSeen } from '../helpers/news.ts'
import { openTestPortal } from '../helpers/portal.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
await addCast(db)
await addIncident(db, 'outage')
const file = temporaryFiles()
const read = async (path: string, language = 'ja') =>
  (await app.inject({ url: path, headers: { 'accept-language': language } })).body

async function publish(number: number, ja: string, en: string) {
  const files = ['--ja', file(`${number}.ja.md`, ja), '--en', file(`${number}.en.md`, en)]
  const { code, stderr } = await mypage(url, 'report', 'publish', 'outage', ...files)
  assert.equal(code, 0, stderr)
}

await publish(1, '# 第1報\n\n**お詫び**', '# First report\n\nWe **apologise**.')
await publish(
  2,
  '# 続報\n\n<b>太字</b> [悪い](javascript:alert(1)) [他所](//evil.example) [良い](/login/individual)',
  '# Second report\n\nMore.'
)

test('reports of a draft incident are not to be seen', async () => {
  assert.doesNotMatch(await read('/'), /続報/)
  assert.equal((await app.inject('/news/outage/1')).statusCode, 404)
})

test('the news lists reports, newest first, with both logins', async () => {
  await mypage(url, 'incident', 'publish', 'outage')
  await untilSeen()
  const body = await read('/')
  assert.ok(body.indexOf('続報') < body.indexOf('>第1報<'))
  assert.match(body, /href="\/login\/individual"/)
  assert.match(body, /href="\/login\/business"/)
})

test('a report shows its number and the facts, before and after a scope is published', async () => {
  const before = await read('/news/outage/1', 'en')
  assert.match(before, /Report 1 /)
  assert.match(before, /<h1>First report<\/h1>/)
  assert.match(before, /We <strong>apologise<\/strong>\./)
  assert.match(before, /Thu, 13 April 2017 20:06 – 22:25 \(Japan Standard Time\)/)
  assert.match(before, /Still being determined/)
  assert.match(before, /aoba-mail\.example, aoba-net\.example, aoba\.example/)
  const rows = ['recipient,received_at', 'hanako@aoba.example,2017-04-13T20:10:00+09:00', '']
  await publishScope({ db, pool }, 'outage', file('lost.csv', rows.join('\n')))
  await untilSeen()
  assert.match(await read('/news/outage/1', 'en'), /<dd>1 \(scope version 1, as of /)
})

test('the incident stands before the number, in the news, on the report and in the feed', async () => {
  assert.match(await read('/'), /<\/time> · メール消失 · 第2報/)
  assert.match(await read('/news/outage/1', 'en'), /Lost mail · Report 1 ·/)
  assert.match(await read('/news/feed.xml', 'en'), /<category label="Lost mail" term="outage"\/>/)
})

test('a report’s text cannot bring markup or scripts into the page', async () => {
  const body = await read('/news/outage/2')
  assert.ok(body.includes('&lt;b&gt;太字&lt;/b&gt;'))
  assert.doesNotMatch(body, /href="javascript|href="\/\/evil/)
  assert.match(body, /<a href="\/login\/individual">良い<\/a>/)
})

test('an unknown number or incident is not found, and no number at all is a bad request', async () => {
  assert.equal((await app.inject('/news/outage/3')).statusCode, 404)
  assert.equal((await app.inject('/news/other/1')).statusCode, 404)
  for (const number of ['x', '01', '1.0', '1e0', '0'])
    assert.equal((await app.inject(`/news/outage/${number}/ja`)).statusCode, 400, number)
})

test('the Atom feed is XML, and shows titles as they are, whatever is typed', async () => {
  await db.updateTable('incidents').set({ title_ja: 'A < B & "C" \u0007' }).execute()
  await publish(3, '# <i>0 < 1</i> ]]> ]]> &amp;\n\nベル\u0007', '# Third report\n\nMore.')
  await untilSeen()
  const body = await read('/news/feed.xml')
  assert.ok(body.includes('<![CDATA[&lt;i&gt;0 &lt; 1&lt;/i&gt; ]]&gt; ]]&gt; &amp;amp;]]></title>'))
  assert.match(body, /<category label="A &lt; B &amp; &quot;C&quot; " term="outage"\/>/)
  assert.ok(body.includes('<p>ベル</p>'))
})

test('the Atom feed carries the reports in the language asked for', async () => {
  const { body, headers } = await app.inject({ url: '/news/feed.xml', headers: { 'accept-language': 'en' } })
  assert.match(String(headers['content-type']), /^application\/atom\+xml/)
  const titles = [...body.matchAll(/<entry>\s*<title type="html"><!\[CDATA\[(.*?)\]\]>/g)].map(
    ([, title]) => title
  )
  assert.deepEqual(titles, ['Third report', 'Second report', 'First report'])
  assert.match(body, /<id>http:\/\/127\.0\.0\.1:3000\/news\/outage\/1<\/id>/)
})
