import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostMail, openDesk, textOf } from '../helpers/desk.ts'
import { addIncident } from '../helpers/incident.ts'
import { codeNow, letConfirmationsAge } from '../helpers/staff.ts'

const { db, read, send, upload, loaded, audited } = await openDesk()
await addIncident(db, 'outage')
const scopes = '/desk/incidents/outage/scopes'

async function load(...rows: string[]) {
  await upload('outage', { 'lost.csv': lostMail(...rows) })
  assert.equal((await loaded()).state, 'done')
}

async function states() {
  const all = await db.selectFrom('scopes').select('state').orderBy('version').execute()
  return all.map(({ state }) => state)
}

await load('hanako@aoba.example 20:10', 'info@aoba-net.example 20:11')

test('the first person proposes, after a look at whose verdict will change', async () => {
  const page = await read(`${scopes}/1/publish`)
  assert.match(page, /Two people are needed/)
  assert.match(page, /Not yet determined Affected 2/i)
  // Of eight addresses of the cast, six follow all others.
  assert.match(page, /Not yet determined Not affected all others: 6/i)
  assert.match(page, /Propose it/)
  assert.equal((await send(`${scopes}/1/propose`, {})).statusCode, 303)
  assert.deepEqual(await states(), ['draft'])
})

test('nobody publishes what was not proposed, nor approves an own proposal', async () => {
  const own = await send(`${scopes}/1/publish`, { against: '0' })
  assert.equal(own.statusCode, 403)
  assert.match(textOf(own.body), /You proposed this version, so you cannot approve it/)
  assert.match(await read(`${scopes}/1/publish`), /Another person has to approve it/)
  await load('hanako@aoba.example 20:10')
  const other = await send(`${scopes}/2/publish`, { against: '0' }, 'mori')
  assert.equal(other.statusCode, 403)
  assert.match(textOf(other.body), /This version is not proposed/)
  assert.deepEqual(await states(), ['draft', 'draft'])
})

test('another person sees the same and approves, with a fresh second factor', async () => {
  assert.match(await read(`${scopes}/1/publish`, 'mori'), /Proposed by sato, .* Approve and publish/)
  await letConfirmationsAge(db)
  const refused = await send(`${scopes}/1/publish`, { against: '0' }, 'mori')
  assert.equal(refused.statusCode, 400)
  assert.match(refused.body, /<a href="#code">/)
  const code = await codeNow(db, 'mori')
  assert.equal((await send(`${scopes}/1/publish`, { against: '0', code }, 'mori')).statusCode, 303)
  assert.deepEqual(await states(), ['published', 'draft'])
  const { approved_by, proposed_by } = await db
    .selectFrom('scopes')
    .selectAll()
    .where('version', '=', 1)
    .executeTakeFirstOrThrow()
  assert.deepEqual([proposed_by, approved_by], ['sato', 'mori'])
})

test('what clears addresses needs a tick; what was looked at is what happens', async () => {
  await codeNow(db, 'sato').then(code => send(`${scopes}/2/propose`, { code }))
  const page = await read(`${scopes}/2/publish`, 'mori')
  assert.match(page, /It takes the place of version 1/)
  assert.match(page, /Affected Not affected 1 Samples \(1\)/)
  assert.match(page, /info@aoba-net\.example Affected → Not affected/)
  assert.match(page, /Addresses that read “affected” now and would no longer do so: 1/)
  const unticked = await send(`${scopes}/2/publish`, { against: '1' }, 'mori')
  assert.equal(unticked.statusCode, 400)
  assert.match(unticked.body, /<a href="#clear">/)
  assert.equal((await send(`${scopes}/2/publish`, { against: '1', clear: 'yes' }, 'mori')).statusCode, 303)
  assert.deepEqual(await states(), ['superseded', 'published'])
  const changes = await db
    .selectFrom('verdict_changes')
    .select(['email', 'from_verdict', 'to_verdict'])
    .execute()
  assert.deepEqual(changes, [
    { email: 'info@aoba-net.example', from_verdict: 'affected', to_verdict: 'not_affected' }
  ])
})

test('when another version was published since somebody looked, they look again', async () => {
  await load('hanako@aoba.example 20:10', 'taro@aoba.example 20:12')
  await send(`${scopes}/3/propose`, {})
  const { statusCode, body } = await send(`${scopes}/3/publish`, { against: '1' }, 'mori')
  assert.equal(statusCode, 400)
  assert.match(textOf(body), /Another version was published since you opened this page/)
  assert.deepEqual(await states(), ['superseded', 'published', 'draft'])
})

test('an earlier version has to be proposed anew before it is published again', async () => {
  assert.match(await read(`${scopes}/1/publish`), /Propose it/)
  assert.equal((await send(`${scopes}/1/publish`, { against: '2', clear: 'yes' }, 'mori')).statusCode, 403)
})

test('withdrawing shows what comes back, and does it', async () => {
  const page = await read(`${scopes}/2/withdraw`)
  assert.match(page, /Version 1 is published again in its place/)
  assert.match(page, /Not affected Affected 1/)
  await letConfirmationsAge(db)
  assert.equal((await send(`${scopes}/2/withdraw`, {})).statusCode, 400)
  assert.equal((await send(`${scopes}/2/withdraw`, { code: await codeNow(db, 'sato') })).statusCode, 303)
  assert.deepEqual(await states(), ['published', 'withdrawn', 'draft'])
  assert.equal((await send(`${scopes}/2/withdraw`, {})).statusCode, 404)
})

test('who did it is in the audit, with version and counts', async () => {
  const two = { affected_addresses: 2, lost_messages: 2 }
  const one = { affected_addresses: 1, lost_messages: 1 }
  assert.deepEqual((await audited()).slice(1), [
    ['sato', 'scope loaded', { version: 1, files: 1, rows: 2, ...two }],
    ['sato', 'scope proposed', { version: 1, ...two }],
    ['sato', 'scope loaded', { version: 2, files: 1, rows: 1, ...one }],
    ['mori', 'incident published', {}],
    ['mori', 'scope published', { version: 1, replaced: null, 'undetermined to affected': 2, ...two }],
    ['sato', 'scope proposed', { version: 2, ...one }],
    ['mori', 'scope published', { version: 2, replaced: 1, ...one, 'affected to not_affected': 1 }],
    ['sato', 'scope loaded', { version: 3, files: 1, rows: 2, ...two }],
    ['sato', 'scope proposed', { version: 3, ...two }],
    ['sato', 'scope withdrawn', { version: 2, put_back: 1, ...one, 'not_affected to affected': 1 }]
  ])
})

test('where there is one operator alone, or two are not wanted, one publishes after the look', async () => {
  await db.updateTable('staff').set({ disabled_at: new Date() }).where('login_id', '=', 'mori').execute()
  const page = await read(`${scopes}/3/publish`)
  assert.doesNotMatch(page, /Two people are needed/)
  assert.match(page, /Publish Members see it at once/)
  assert.equal((await send(`${scopes}/3/publish`, { against: '1', clear: 'yes' })).statusCode, 303)
  assert.deepEqual(await states(), ['superseded', 'withdrawn', 'published'])
})
