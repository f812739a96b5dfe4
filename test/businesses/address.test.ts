import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { buildApp } from '../../src/app.ts'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openTestPortal, setPassword, signIn } from '../helpers/portal.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const portal = await openTestPortal()
const { app, db, pool } = portal
await addCast(db)
await setPassword(db, 'A0012345', 'right')
await addIncident(db, 'outage')
// 60 messages, one a minute from 20:06, from two senders in turn.
const lines = Array.from({ length: 60 }, (_, at) => {
  const time = new Date(Date.UTC(2017, 3, 13, 11, 6 + at)).toISOString()
  return `info@aoba-net.example,${time},${at % 2 ? 'shop' : '=bank'}@sender.example,<m${at}@mx.example>`
})
const file = ['recipient,received_at,sender,message_id', ...lines, ''].join('\n')
await publishScope({ db, pool }, 'outage', temporaryFiles()('lost.csv', file))
const cookie = await signIn(app, 'business', 'A0012345', 'right')
const { id } = await db
  .selectFrom('addresses')
  .select('id')
  .where('email', '=', 'info@aoba-net.example')
  .executeTakeFirstOrThrow()
const page = `/business/incidents/outage/addresses/${id}`
const headers = { cookie, 'accept-language': 'en' }

test('an address shows its verdict and its lost messages, page by page, with nothing to change', async () => {
  const { body } = await app.inject({ url: page, headers })
  assert.match(body, /60 messages were lost/)
  assert.equal(body.match(/=bank@sender\.example/g)?.length, 25)
  assert.doesNotMatch(body, /name="done"|\/messages\//)
  const next = /rel="next" href="([^"#]+)/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = await app.inject({ url: next, headers })
  assert.equal(second.body.match(/&lt;m5\d@mx\.example/g)?.length, 10)
  const bySender = await app.inject({ url: `${page}?by=sender`, headers })
  assert.match(bySender.body, /=bank@sender\.example <span class="hint">30 messages/)
})

test('its lost messages come as CSV, too', async () => {
  const { headers: sent, rawPayload } = await app.inject({ url: `${page}/lost-mail.csv`, headers })
  assert.match(String(sent['content-type']), /^text\/csv/)
  const rows: string[][] = parse(rawPayload, { bom: true })
  assert.equal(rows.length, 61)
  assert.deepEqual(rows[1]?.slice(0, 3), [
    'info@aoba-net.example',
    '2017-04-13 20:06:00',
    "'=bank@sender.example"
  ])
})

test('where the provider shows no rows, only count, first and last are there, and the CSV is not', async () => {
  const sealed = await buildApp({ ...portal, config: { ...portal.config, businessSeesSenders: false } })
  const { body, statusCode } = await sealed.inject({ url: page, headers })
  assert.equal(statusCode, 200)
  assert.match(body, /60 messages were lost/)
  assert.match(body, /20:06.*21:05/s)
  assert.match(body, /has set this portal so that administrators do not see the senders and times/)
  assert.doesNotMatch(body, /sender\.example/)
  assert.equal((await sealed.inject({ url: `${page}/lost-mail.csv`, headers })).statusCode, 404)
  await sealed.close()
})
