import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { formOf, lostMail, openDesk, textOf } from '../helpers/desk.ts'
import { addIncident, summaryOf } from '../helpers/incident.ts'

// Where the uploads of this file lie, and nothing else.
const place = mkdtempSync(path.join(tmpdir(), 'mypage-place-'))
process.env.TMPDIR = place
after(() => rmSync(place, { recursive: true, force: true }))

const { app, db, cookies, upload, loaded, read, audited } = await openDesk()
await addIncident(db, 'outage')
const base = await app.listen({ host: '127.0.0.1', port: 0 })
const left = () => readdirSync(place).filter(name => name.startsWith('mypage-upload-'))

async function untilGone() {
  for (let tries = 0; left().length > 0 && tries < 100; tries++)
    await new Promise(done => setTimeout(done, 50))
  assert.deepEqual(left(), [])
}

test('files and summaries of two hosts become one draft, and nothing of them stays', async () => {
  const [one, two] = [
    lostMail('hanako@aoba.example 20:10', 'taro@aoba.example 21:00'),
    lostMail('info@aoba-net.example 20:11')
  ]
  const whole = { first: '20:00:00', last: '22:30:00' }
  const { statusCode, headers } = await upload('outage', {
    'mx1.csv': one,
    'mx1.summary.json': summaryOf(one, [{ host: 'mx1', ...whole }]),
    'mx2.csv': two,
    'mx2.summary.json': summaryOf(two, [{ host: 'mx2', ...whole }])
  })
  assert.equal(statusCode, 303)
  assert.equal(headers.location, '/desk/incidents/outage#loads')
  const { state, scope_version, fresh, by } = await loaded()
  assert.deepEqual([state, scope_version, fresh, by], ['done', 1, true, 'sato'])
  await untilGone()
  const scope = await db.selectFrom('scopes').selectAll().executeTakeFirstOrThrow()
  assert.equal(scope.created_by, 'sato')
  assert.deepEqual(
    scope.coverage.hosts?.map(({ host }) => host),
    ['mx1', 'mx2']
  )
  assert.deepEqual(
    scope.sources.map(({ file }) => file),
    ['mx1.csv', 'mx2.csv']
  )
  const counted = await db.selectFrom('scope_intervals').select('lost_messages').execute()
  assert.deepEqual(
    counted.map(({ lost_messages }) => lost_messages),
    [2, 1]
  )
  const [, loads] = await audited()
  const details = { version: 1, files: 2, rows: 3, affected_addresses: 3, lost_messages: 3 }
  assert.deepEqual(loads, ['sato', 'scope loaded', details])
  assert.match(await read('/desk/incidents/outage'), /Version 1 is ready\. Review it/)
})

test('the same files again are that version already', async () => {
  const [one, two] = [
    lostMail('hanako@aoba.example 20:10', 'taro@aoba.example 21:00'),
    lostMail('info@aoba-net.example 20:11')
  ]
  const whole = { first: '20:00:00', last: '22:30:00' }
  await upload('outage', {
    'b.csv': two,
    'b.summary.json': summaryOf(two, [{ host: 'mx2', ...whole }]),
    'a.csv': one,
    'a.summary.json': summaryOf(one, [{ host: 'mx1', ...whole }])
  })
  const { scope_version, fresh } = await loaded()
  assert.deepEqual([scope_version, fresh], [1, false])
  assert.match(
    await read('/desk/incidents/outage'),
    /These files are version 1 already\. Nothing was loaded\./
  )
})

test('every line that cannot be read is told with its number, and nothing was loaded', async () => {
  const bad = `${lostMail('hanako@aoba.example 20:10')}nobody,2017-04-13T20:10:00+09:00,,,,\ntaro@aoba.example,yesterday,,,,\n`
  await upload('outage', { '../../etc/lost mail.csv': bad })
  const { state, message } = await loaded()
  assert.equal(state, 'failed')
  assert.equal(
    message,
    `lost_mail.csv, line 3: "nobody" is not an e-mail address
lost_mail.csv, line 4: "yesterday" is not a time
Nothing was loaded: these lines cannot be read.`
  )
  const page = await read('/desk/incidents/outage')
  assert.match(
    page,
    /It failed\. Nothing was loaded\. lost_mail\.csv, line 3: "nobody" is not an e-mail address/
  )
  await untilGone()
})

test('a time span that the logs do not cover is told in the form', async () => {
  await upload(
    'outage',
    { 'gap.csv': lostMail('hanako@aoba.example 20:10') },
    { gap_from: '2017-04-13T20:30', gap_to: '2017-04-13T21:00' }
  )
  assert.equal((await loaded()).scope_version, 2)
  const { coverage } = await db
    .selectFrom('scopes')
    .select('coverage')
    .where('version', '=', 2)
    .executeTakeFirstOrThrow()
  assert.deepEqual(coverage.gaps, [{ from: '2017-04-13T11:30:00.000Z', to: '2017-04-13T12:00:00.000Z' }])
})

const refusals = {
  'no file': [{}, {}, /Choose a CSV file/],
  'a summary alone': [{ 'mx1.csv': lostMail(), 'mx2.summary.json': '{}' }, {}, /has no CSV file/],
  'half a gap': [{ 'mx1.csv': lostMail() }, { gap_from: '2017-04-13T20:30' }, /Enter both start and end/],
  'a gap elsewhere': [
    { 'mx1.csv': lostMail() },
    { gap_from: '2017-04-14T20:30', gap_to: '2017-04-14T21:00' },
    /within the outage/
  ]
} satisfies Record<string, [Record<string, string>, Record<string, string>, RegExp]>

for (const [what, [files, fields, words]] of Object.entries(refusals))
  test(`${what} is refused with words, and nothing stays`, async () => {
    const { statusCode, body } = await upload('outage', files, fields)
    assert.equal(statusCode, 400)
    assert.match(textOf(body), words)
    assert.deepEqual(left(), [])
  })

test('what is said to be too large is refused before it comes', async () => {
  const { type } = await formOf({})
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request(`${base}/desk/incidents/outage/files`, {
      method: 'POST',
      headers: { ...headersOf(type), 'content-length': 3 * 1024 ** 3 }
    })
    sending.on('response', ({ statusCode }) => {
      sending.destroy()
      resolve(statusCode)
    })
    sending.on('error', reject)
    sending.flushHeaders()
  })
  assert.equal(status, 413)
  assert.deepEqual(left(), [])
})

test('an upload that breaks off leaves nothing behind', async () => {
  const { body, type } = await formOf({
    'large.csv': lostMail(...Array(50_000).fill('hanako@aoba.example 20:10'))
  })
  const jobs = await db.selectFrom('desk_jobs').select('id').execute()
  const sending = request(`${base}/desk/incidents/outage/files`, {
    method: 'POST',
    headers: { ...headersOf(type), 'content-length': body.length }
  })
  sending.on('error', () => {})
  sending.write(body.subarray(0, body.length / 2))
  for (let tries = 0; left().length === 0 && tries < 100; tries++)
    await new Promise(done => setTimeout(done, 20))
  assert.equal(left().length, 1)
  sending.destroy()
  await untilGone()
  assert.equal((await db.selectFrom('desk_jobs').select('id').execute()).length, jobs.length)
})

test('a form that ends in the middle is told, and leaves nothing', async () => {
  const { body, type } = await formOf({
    'large.csv': lostMail(...Array(5_000).fill('hanako@aoba.example 20:10'))
  })
  const payload = body.subarray(0, body.length / 2)
  const answer = await app.inject({
    method: 'POST',
    url: '/desk/incidents/outage/files',
    headers: headersOf(type),
    payload
  })
  assert.equal(answer.statusCode, 400)
  assert.match(textOf(answer.body), /The upload broke off\. Nothing was kept\./)
  assert.deepEqual(left(), [])
})

test('a load whose process died reads as interrupted', async () => {
  const { id } = await db.selectFrom('incidents').select('id').executeTakeFirstOrThrow()
  const dead = { incident_id: id, by: 'nakata', files: 'dead.csv', step: 'bytes', done: 1, total: 2 }
  await db
    .insertInto('desk_jobs')
    .values({ ...dead, heartbeat_at: new Date(Date.now() - 20_000) })
    .execute()
  assert.match(await read('/desk/incidents/outage'), /dead\.csv .* Reading the files 50 %/)
  await db
    .updateTable('desk_jobs')
    .set({ heartbeat_at: new Date(Date.now() - 31_000) })
    .where('files', '=', 'dead.csv')
    .execute()
  assert.match(await read('/desk/incidents/outage'), /dead\.csv .* It was interrupted\. Nothing was loaded\./)
})

function headersOf(type: string) {
  return { 'sec-fetch-site': 'same-origin', 'content-type': type, cookie: `${cookies.sato}; language=en` }
}
