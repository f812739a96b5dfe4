import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'

const { app, db } = await openTestPortal({ BUSINESS_SEES_SENDERS: 'false' })
await addCast(db)
for (const id of ['A0012345', 'hanako']) await setPassword(db, id, 'right')

test('an administrator who may not see senders cannot let others see them', async () => {
  const cookie = await signIn(app, 'business', 'A0012345', 'right')
  const page = await app.inject({ url: '/business/support', headers: { cookie } })
  assert.equal(page.statusCode, 200)
  assert.doesNotMatch(page.body, /support\/code/)
  assert.equal((await post(app, '/business/support/code', {}, cookie)).statusCode, 404)
})

test('an individual, who sees their own, can', async () => {
  const cookie = await signIn(app, 'individual', 'hanako', 'right')
  assert.equal((await post(app, '/mypage/support/code', {}, cookie)).statusCode, 200)
})
