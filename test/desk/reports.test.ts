import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { lostMail, openDesk, textOf } from '../helpers/desk.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { untilSeen } from '../helpers/news.ts'
import { post } from '../helpers/portal.ts'
import { codeNow, letConfirmationsAge } from '../helpers/staff.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool, url, cookies, read, send, audited } = await openDesk()
await addIncident(db, 'outage')
await mypage(url, 'incident', 'publish', 'outage')
const file = temporaryFiles()
const reports = '/desk/incidents/outage/reports'

const text = {
  title_ja: '第1報 {{affected_addresses}}',
  body_ja: '障害は{{window}}です。**{{affected_addresses}}**が対象です。',
  title_en: 'First report',
  body_en: 'The outage was {{ window }}. It concerns **{{affected_addresses}}**.'
}
type Fields = Partial<Record<string, string>>
const write = (fields: Fields) => ({ ...text, ...fields }) as Record<string, string>

/** Sends a form with the fingerprint of what its page shows to whoever sends it. */
async function sendSeen(address: string, form: Record<string, string>, name: 'sato' | 'mori' = 'sato') {
  return send(address, { seen: await seenBy(address.replace(/propose$/, 'publish'), name), ...form }, name)
}

async function seenBy(address: string, name: 'sato' | 'mori') {
  const { body } = await app.inject({ url: address, headers: { cookie: cookies[name] } })
  return /name="seen" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

async function versionOf(id: number) {
  const { version } = await db
    .selectFrom('report_drafts')
    .select('version')
    .where('id', '=', String(id))
    .executeTakeFirstOrThrow()
  return String(version)
}

const publicPage = async (path: string) => {
  await untilSeen()
  return app.inject({ url: path })
}

test('a draft is kept as it was typed; nobody else sees anything of it', async () => {
  assert.match(await read(reports), /There are no reports yet/)
  const { statusCode, headers } = await send(`${reports}/new`, write({}))
  assert.equal(statusCode, 303)
  assert.equal(headers.location, `${reports}/1`)
  assert.match(await read(reports), /First report numbered when it is published Draft/)
  const { body } = await app.inject({ url: `${reports}/1`, headers: { cookie: cookies.sato } })
  assert.ok(body.includes('障害は{{window}}です。**{{affected_addresses}}**が対象です。'))
  assert.equal((await publicPage('/news/outage/1/ja')).statusCode, 404)
})

test('the preview shows the words as they will read, with what is not determined yet', async () => {
  const { body } = await send(`${reports}/preview`, write({}))
  assert.ok(
    body.includes('<p>障害は2017年4月13日（木）20:06〜22:25です。<strong>確認中</strong>が対象です。</p>')
  )
  assert.ok(body.includes('It concerns <strong>[being determined]</strong>.'))
  const page = await send(`${reports}/1`, write({ title_en: 'Not saved', do: 'preview', version: '1' }))
  assert.equal(page.statusCode, 200)
  assert.match(textOf(page.body), /Preview .* Not saved The outage was Thu, 13 April 2017 20:06 – 22:25/)
  assert.doesNotMatch(await read(reports), /Not saved/)
})

test('of a text that is too long, the preview shows as much as could be saved', async () => {
  const { body } = await send(`${reports}/preview`, write({ body_en: `${'a'.repeat(30_000)}END` }))
  assert.match(textOf(body), /Use 30000 characters or fewer for the text/)
  assert.ok(body.includes(`${'a'.repeat(30_000)}</p>`))
})

test('a placeholder that there is not is named with its line, and nothing that was typed is lost', async () => {
  const wrong = write({ body_ja: '一行目\n\n{{adresses}}と{{window', title_en: '{{x}}', version: '1' })
  const { statusCode, body } = await send(`${reports}/1`, wrong)
  assert.equal(statusCode, 400)
  assert.match(textOf(body), /Japanese text, line 3: there is no placeholder “adresses”/)
  assert.match(textOf(body), /Japanese text, line 3: there is no placeholder “{{window”/)
  assert.match(textOf(body), /English title: there is no placeholder “x”/)
  assert.ok(body.includes('一行目\n\n{{adresses}}と{{window</textarea>'))
  assert.match(body, /<a href="#body_ja">/)
})

test('what a text asks of a scope that is not published keeps it from being published', async () => {
  assert.match(
    await read(`${reports}/1/publish`),
    /cannot be published like this The published scope has no value for: {{affected_addresses}}/
  )
  const { statusCode, body } = await sendSeen(`${reports}/1/propose`, { seen: 'x', when: 'now' })
  assert.equal(statusCode, 400)
  assert.match(textOf(body), /changed since you opened this page/)
  await publishScope({ db, pool }, 'outage', file('1.csv', lostMail('hanako@aoba.example 20:10')))
})

test('two people publish: one proposes, another one sees the same words and approves', async () => {
  await letConfirmationsAge(db)
  assert.equal((await sendSeen(`${reports}/1/propose`, { when: 'now' })).statusCode, 400)
  const code = await codeNow(db, 'sato')
  assert.equal((await sendSeen(`${reports}/1/propose`, { when: 'now', code })).statusCode, 303)
  assert.match(await read('/desk/incidents/outage'), /Public reports \(1 waits for approval\)/)
  assert.match(await read(`${reports}/1/publish`), /You proposed it. Another person has to approve it/)
  const own = await send(`${reports}/1/publish`, { seen: await seenBy(`${reports}/1/publish`, 'mori') })
  assert.equal(own.statusCode, 403)
  assert.match(textOf(own.body), /You proposed it, so you cannot approve it/)
  const { id } = await db
    .selectFrom('staff')
    .select('id')
    .where('login_id', '=', 'sato')
    .executeTakeFirstOrThrow()
  const enrolledBy = (by: string | null) =>
    db.updateTable('staff').set({ enrolled_by: by }).where('login_id', '=', 'mori').execute()
  await enrolledBy(id)
  const form = { code: await codeNow(db, 'mori') }
  const enrolled = await sendSeen(`${reports}/1/publish`, form, 'mori')
  assert.equal(enrolled.statusCode, 403)
  assert.match(textOf(enrolled.body), /A third person has to approve/)
  await enrolledBy(null)
  assert.match(await read(`${reports}/1/publish`, 'mori'), /第1報 1件 .*Proposed by sato/)
})

test('an approval is for the very words that were seen, figures too', async () => {
  const seen = await seenBy(`${reports}/1/publish`, 'mori')
  const two = lostMail('hanako@aoba.example 20:10', 'taro@aoba.example 20:11')
  await publishScope({ db, pool }, 'outage', file('2.csv', two))
  const moved = await send(`${reports}/1/publish`, { seen }, 'mori')
  assert.equal(moved.statusCode, 400)
  assert.match(textOf(moved.body), /changed since you opened this page.*第1報 2件/)
  assert.equal((await sendSeen(`${reports}/1/publish`, {}, 'mori')).statusCode, 303)
  const { statusCode, body } = await publicPage('/news/outage/1/ja')
  assert.equal(statusCode, 200)
  assert.ok(body.includes('<h1>第1報 2件</h1>'))
  assert.ok(body.includes('<strong>2件</strong>が対象です。'))
})

test('whoever saves what somebody else changed meanwhile gets both texts, and loses none', async () => {
  const version = await versionOf(1)
  assert.equal((await send(`${reports}/1`, write({ body_en: 'By sato.', version }))).statusCode, 303)
  const late = await send(`${reports}/1`, write({ body_en: 'By mori.', version }), 'mori')
  assert.equal(late.statusCode, 409)
  assert.match(textOf(late.body), /sato saved meanwhile, so yours is not saved yet/)
  assert.match(textOf(late.body), /By mori\. What sato saved, .* By sato\./)
  const again = /name="version" value="(\d+)"/.exec(late.body)?.[1] ?? ''
  assert.equal(
    (await send(`${reports}/1`, write({ body_en: 'By both.', version: again }), 'mori')).statusCode,
    303
  )
  assert.match(await read(reports), /Report 1 Correction begun/)
  assert.ok(!(await publicPage('/news/outage/1/en')).body.includes('By both.'))
})

test('a change of a proposed text takes the proposal back', async () => {
  const reasons = { reason_ja: '誤記', reason_en: 'A mistake' }
  await send(`${reports}/1`, write({ body_en: 'Right.', ...reasons, version: await versionOf(1) }))
  assert.equal((await sendSeen(`${reports}/1/propose`, {})).statusCode, 303)
  await send(`${reports}/1`, write({ body_en: 'Righter.', ...reasons, version: await versionOf(1) }))
  const refused = await sendSeen(`${reports}/1/publish`, {}, 'mori')
  assert.equal(refused.statusCode, 403)
  assert.match(textOf(refused.body), /This text is not proposed/)
})

test('a correction needs a reason, is dated, and shows what differs', async () => {
  await send(`${reports}/1`, write({ body_en: 'Of {{affected_addresses}}.', version: await versionOf(1) }))
  assert.match(await read(`${reports}/1/publish`), /Give the reason for the correction/)
  const reasons = { reason_ja: '誤記のため', reason_en: 'A mistake in English' }
  await send(
    `${reports}/1`,
    write({ body_en: 'Of {{affected_addresses}}.', ...reasons, version: await versionOf(1) })
  )
  assert.equal((await sendSeen(`${reports}/1/propose`, {})).statusCode, 303)
  assert.match(await read(`${reports}/1/publish`, 'mori'), /What differs .* A mistake in English/)
  assert.equal((await sendSeen(`${reports}/1/publish`, {}, 'mori')).statusCode, 303)
  const { body } = await publicPage('/news/outage/1/en')
  assert.match(textOf(body), /Corrected on .*\. A mistake in English See what has changed/)
  assert.match(textOf(body), /Of 2\./)
  const history = textOf((await publicPage('/news/outage/1/en/history')).body)
  assert.match(history, /Corrected\. A mistake in English/)
  assert.match(history, /\[removed: The outage was .* It concerns ?\]/)
  assert.match(history, /\[added: Of ?\] 2/)
})

test('a correction that was begun is given up, once', async () => {
  await send(`${reports}/1`, write({ body_en: 'Wrong again.', version: await versionOf(1) }))
  assert.match(await read(reports), /Report 1 Correction begun/)
  await send(`${reports}/1/discard`, {})
  assert.match(await read(reports), /Report 1 Published/)
  const version = await versionOf(1)
  await send(`${reports}/1/discard`, {})
  assert.equal(await versionOf(1), version)
})

test('a schedule is seen when it is due, and can be cancelled until then; its number stays', async () => {
  await send(`${reports}/new`, write({ title_en: 'Second' }))
  const past = await sendSeen(`${reports}/2/propose`, { when: 'later', at: '2017-04-14T10:00' })
  assert.equal(past.statusCode, 400)
  assert.match(past.body, /<a href="#at">/)
  const later = { when: 'later', at: '2999-12-31T10:00' }
  assert.equal((await sendSeen(`${reports}/2/propose`, later)).statusCode, 303)
  assert.match(await read(`${reports}/2/publish`, 'mori'), /To be published Tue, 31 December 2999 10:00/)
  assert.equal((await sendSeen(`${reports}/2/publish`, {}, 'mori')).statusCode, 303)
  assert.match(await read(reports), /Report 2 Scheduled/)
  assert.equal((await publicPage('/news/outage/2/ja')).statusCode, 404)
  assert.doesNotMatch((await app.inject('/news/feed.en.xml')).body, /Second/)
  const locked = await send(`${reports}/2`, write({ body_en: 'Late words', version: await versionOf(2) }))
  assert.equal(locked.statusCode, 409)
  assert.ok(locked.body.includes('Late words'))
  assert.equal((await send(`${reports}/2/back`, {})).statusCode, 303)
  assert.match(await read(reports), /Second Report 2 Draft/)
  assert.equal((await send(`${reports}/2/delete`, {})).headers.location, `${reports}/2`)
  await send(`${reports}/new`, write({ title_en: 'Third, of {{affected_addresses}}' }))
  await sendSeen(`${reports}/3/propose`, { when: 'now' })
  await sendSeen(`${reports}/3/publish`, {}, 'mori')
  assert.match(await read(reports), /Third, of 2 Report 3 Published/)
  assert.equal((await publicPage('/news/outage/3/ja')).statusCode, 200)
})

test('when it is due, time alone makes it visible', async () => {
  await sendSeen(`${reports}/2/propose`, { when: 'later', at: '2999-12-31T10:00' })
  await sendSeen(`${reports}/2/publish`, {}, 'mori')
  // As if that time had come.
  await sql`alter table report_revisions disable trigger append_only`.execute(db)
  await db
    .updateTable('report_revisions')
    .set({ published_at: new Date() })
    .where('report_id', '=', '2')
    .execute()
  await sql`alter table report_revisions enable trigger append_only`.execute(db)
  assert.equal((await publicPage('/news/outage/2/ja')).statusCode, 200)
})

test('what is sent after the session ended comes back, to be saved after the next login', async () => {
  const form = write({ body_ja: '長い文', version: '1' })
  const ended = await post(app, `${reports}/2`, form, 'staff=gone; language=en')
  assert.equal(ended.statusCode, 403)
  assert.match(textOf(ended.body), /You are logged out .*長い文/)
  assert.equal(ended.headers['cache-control'], 'no-store')
  assert.equal((await post(app, `${reports}/2`, form)).statusCode, 303)
})

test('a draft without a number is deleted; with its text open elsewhere nothing is lost', async () => {
  await send(`${reports}/new`, write({ title_en: 'Fourth' }))
  assert.equal((await send(`${reports}/4/delete`, {})).headers.location, reports)
  assert.doesNotMatch(await read(reports), /Fourth/)
  const late = await send(`${reports}/4`, write({ body_en: 'Typed meanwhile', version: '1' }))
  assert.equal(late.statusCode, 404)
  assert.match(textOf(late.body), /Typed meanwhile/)
})

test('all of it is in the audit', async () => {
  const told = (await audited()).filter(([, action]) => String(action).startsWith('report'))
  assert.deepEqual(told.slice(0, 12), [
    ['sato', 'report drafted', { report: '1' }],
    ['sato', 'report proposed', { report: '1', at: null }],
    ['mori', 'report published', { number: 1 }],
    ['sato', 'report edited', { report: '1' }],
    ['mori', 'report edited', { report: '1' }],
    ['sato', 'report edited', { report: '1' }],
    ['sato', 'report proposed', { report: '1', at: null }],
    ['sato', 'report edited', { report: '1' }],
    ['sato', 'report edited', { report: '1' }],
    ['sato', 'report edited', { report: '1' }],
    ['sato', 'report proposed', { report: '1', at: null }],
    ['mori', 'report corrected', { number: 1, revision: 2 }]
  ])
  assert.deepEqual(
    told.slice(12, 18).map(([, action]) => action),
    [
      ...['report edited', 'report changes discarded'],
      ...['report drafted', 'report proposed', 'report scheduled', 'report schedule cancelled']
    ]
  )
})
