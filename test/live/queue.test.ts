import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { takeTurn } from '../../src/sign-in/admission.ts'
import { openTestPortal } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const { app, db } = await openTestPortal()
await addStaff(db, 'operator', 'operator')
const cookie = await signInStaff(app, db, 'operator')

const rows = () => db.selectFrom('login_queues').select(['waiting', 'running']).execute()

test('a queue of logins shows on the page, is told to the other processes, and is forgotten when it is empty', async () => {
  assert.deepEqual(await rows(), [])
  const gate = Promise.withResolvers<void>()
  const logins = Array.from({ length: 20 }, () => takeTurn(() => gate.promise))
  let told = await rows()
  for (let tries = 0; told.length === 0 && tries < 50; tries++) {
    await pause(100)
    told = await rows()
  }
  assert.equal((told[0]?.waiting ?? 0) + (told[0]?.running ?? 0), 20)
  const { body } = await app.inject({ url: '/desk/live', headers: { cookie, 'accept-language': 'en' } })
  assert.match(body, new RegExp(`<dt>Waiting</dt><dd>${told[0]?.waiting}</dd>`), 'its own is counted once')

  gate.resolve()
  await Promise.all(logins)
  for (let tries = 0; (await rows()).length > 0 && tries < 50; tries++) await pause(100)
  assert.deepEqual(await rows(), [])
})
