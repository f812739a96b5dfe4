import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostMail, openDesk, textOf } from '../helpers/desk.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const { db, pool, read, send } = await openDesk()
const file = temporaryFiles()
await addIncident(db, 'outage')
await publishScope({ db, pool }, 'outage', file('one.csv', lostMail('hanako@aoba.example 20:10')))
const two = lostMail('hanako@aoba.example 20:10', 'info@aoba-net.example 20:11')
await publishScope({ db, pool }, 'outage', file('two.csv', two))
const withdraw = '/desk/incidents/outage/scopes/2/withdraw'

async function states() {
  const all = await db.selectFrom('scopes').select('state').orderBy('version').execute()
  return all.map(({ state }) => state)
}

test('one person alone takes “affected” away from nobody by withdrawing', async () => {
  assert.match(textOf(await read(withdraw)), /so two people are needed/)
  const alone = await send(withdraw, { clear: 'yes' })
  assert.equal(alone.statusCode, 403)
  assert.equal((await send(`${withdraw}/propose`, {})).statusCode, 303)
  assert.equal((await send(withdraw, { clear: 'yes' })).statusCode, 403)
  assert.match(textOf(await read('/desk/incidents/outage')), /Proposed by sato, waits for approval/)
  assert.deepEqual(await states(), ['superseded', 'published'])
})

test('nor with somebody whom they gave the enrolment code', async () => {
  const { id } = await db
    .selectFrom('staff')
    .select('id')
    .where('login_id', '=', 'sato')
    .executeTakeFirstOrThrow()
  const mori = db.updateTable('staff').where('login_id', '=', 'mori')
  await mori.set({ enrolled_by: id }).execute()
  const { statusCode, body } = await send(withdraw, { clear: 'yes' }, 'mori')
  assert.equal(statusCode, 403)
  assert.match(textOf(body), /A third person has to approve/)
  await mori.set({ enrolled_by: null }).execute()
})

test('another person does, with a tick', async () => {
  assert.equal((await send(withdraw, {}, 'mori')).statusCode, 400)
  assert.equal((await send(withdraw, { clear: 'yes' }, 'mori')).statusCode, 303)
  assert.deepEqual(await states(), ['published', 'withdrawn'])
})

test('what leads to “not yet determined” one person may do at once', async () => {
  const first = '/desk/incidents/outage/scopes/1/withdraw'
  assert.doesNotMatch(textOf(await read(first)), /two people/)
  assert.equal((await send(first, {})).statusCode, 303)
  assert.deepEqual(await states(), ['withdrawn', 'withdrawn'])
})
