import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestPortal, post } from '../helpers/portal.ts'
import { addStaff, codeNow, signInStaff, staffPassword } from '../helpers/staff.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, url } = await openTestPortal()
for (const [id, role] of [
  ['agent', 'support'],
  ['operator', 'operator'],
  ['boss', 'admin']
] as const)
  await addStaff(db, id, role)

/** 303 to the own pages while the session lives; else the login form, with 200. */
const statusOf = async (cookie: string) =>
  (await app.inject({ url: '/login/staff', headers: { cookie } })).statusCode

test('unknown, wrong, disabled, not enrolled and a wrong code: the same answer', async () => {
  await addStaff(db, 'gone', 'support')
  await mypage(url, 'staff', 'disable', 'gone')
  await mypage(url, 'staff', 'add', 'fresh', '--name', 'x', '--role', 'support')
  const tries = [
    ['nobody', staffPassword, '123456'],
    ['agent', 'wrong', await codeNow(db, 'agent')],
    ['agent', staffPassword, '000000'],
    ['agent', staffPassword, 'AAAA-BBBB-CCCC'],
    ['gone', staffPassword, await codeNow(db, 'gone')],
    ['fresh', staffPassword, '123456']
  ]
  const answers = new Set<string>()
  for (const [login_id = '', password = '', code = ''] of tries) {
    const { statusCode, body } = await post(app, '/login/staff', { login_id, password, code })
    answers.add(`${statusCode} ${body.replaceAll(`value="${login_id}"`, '')}`)
  }
  assert.equal(answers.size, 1)
})

test('one-time codes are counted by the throttle like passwords', async () => {
  await addStaff(db, 'guessed', 'support')
  for (let at = 0; at < 5; at++)
    await post(app, '/login/staff', { login_id: 'guessed', password: staffPassword, code: '000000' })
  const code = await codeNow(db, 'guessed')
  const right = await post(app, '/login/staff', { login_id: 'guessed', password: staffPassword, code })
  assert.equal(right.statusCode, 400)
})

test('a stranger on another network keeps nobody from logging in', async () => {
  await addStaff(db, 'wanted', 'support')
  const guess = (remoteAddress: string, form: Record<string, string>) =>
    app.inject({
      ...{ method: 'POST', url: '/login/staff', remoteAddress },
      headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ login_id: 'wanted', ...form }).toString()
    })
  for (let at = 0; at < 6; at++) await guess('192.0.2.66', { password: 'wrong', code: '000000' })
  const right = { password: staffPassword, code: await codeNow(db, 'wanted') }
  assert.equal((await guess('192.0.2.66', right)).statusCode, 400, 'theirs is closed')
  assert.equal((await guess('198.51.100.7', right)).statusCode, 303)
})

test('a session ends after 15 minutes without a request and after 8 hours', async () => {
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
  const cookie = await signInStaff(app, db, 'agent')
  assert.equal(await statusOf(cookie), 303)
  await db
    .updateTable('staff_sessions')
    .set({ last_seen_at: minutesAgo(14) })
    .execute()
  assert.equal(await statusOf(cookie), 303)
  await db
    .updateTable('staff_sessions')
    .set({ last_seen_at: minutesAgo(16) })
    .execute()
  assert.equal(await statusOf(cookie), 200)
  const other = await signInStaff(app, db, 'agent')
  await db
    .updateTable('staff_sessions')
    .set({ created_at: minutesAgo(8 * 60 + 1) })
    .execute()
  assert.equal(await statusOf(other), 200)
})

test('logout, disabling and a new enrolment end sessions at the next request', async () => {
  const out = await signInStaff(app, db, 'operator')
  await post(app, '/logout/staff', {}, out)
  assert.equal(await statusOf(out), 200)

  const cookie = await signInStaff(app, db, 'operator')
  await mypage(url, 'staff', 'disable', 'operator')
  assert.equal(await statusOf(cookie), 200)
  await mypage(url, 'staff', 'enable', 'operator')
  assert.equal(await statusOf(cookie), 200, 'enabled again, the old session stays dead')

  const boss = await signInStaff(app, db, 'boss')
  await mypage(url, 'staff', 'enrol', 'boss')
  assert.equal(await statusOf(boss), 200)
})

test('staff and members share no session: a cookie of the one means nothing as the other', async () => {
  const cookie = await signInStaff(app, db, 'agent')
  assert.match(cookie, /^staff=/)
  const asMember = await app.inject({ url: '/mypage', headers: { cookie } })
  assert.equal(asMember.statusCode, 303)
  const renamed = await app.inject({
    url: '/mypage',
    headers: { cookie: cookie.replace('staff=', 'session=') }
  })
  assert.equal(renamed.statusCode, 303)
})
