import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Role } from '../../src/database/tables.ts'
import { openTestPortal, post } from '../helpers/portal.ts'
import { addStaff, codeNow, letConfirmationsAge, signInStaff } from '../helpers/staff.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
const ids: Record<string, string> = {}
for (const [id, role] of Object.entries({
  boss: 'admin',
  deputy: 'admin',
  agent: 'support',
  operator: 'operator'
} satisfies Record<string, Role>))
  ids[id] = await addStaff(db, id, role)
const boss = await signInStaff(app, db, 'boss')

const change = (id: string, what: string, form: Record<string, string> = {}, cookie = boss) =>
  post(app, `/desk/staff/${ids[id]}/${what}`, form, cookie)
const page = async (address: string, cookie = boss) =>
  (await app.inject({ url: address, headers: { cookie, 'accept-language': 'en' } })).body
const statusFor = async (cookie: string, address: string) =>
  (await app.inject({ url: address, headers: { cookie } })).statusCode
const rowOf = (login_id: string) =>
  db.selectFrom('staff').selectAll().where('login_id', '=', login_id).executeTakeFirst()
const lastEvent = async () =>
  (await pool.query('select actor, action, details from audit_events order by id desc limit 1')).rows[0]

test('somebody is added with a code that is shown once, enrols with it, and nothing asks for a password', async () => {
  assert.doesNotMatch(await page('/desk/staff'), /type="password"/)
  const form = { login_id: 'Ｎ.Ｓａｔｏ', name: '佐藤 直美', role: 'support' }
  const added = await post(app, '/desk/staff', form, boss)
  assert.equal(added.statusCode, 200)
  assert.equal(added.headers['cache-control'], 'no-store')
  const enrolment = /<code>([A-Z2-9-]{19})<\/code>/.exec(added.body)?.[1] ?? ''
  assert.deepEqual(await lastEvent(), {
    actor: 'boss',
    action: 'staff added',
    details: { staff: 'n.sato', role: 'support' }
  })
  assert.equal((await rowOf('n.sato'))?.created_by, 'boss')
  const list = await page('/desk/staff')
  assert.match(list, /n\.sato/)
  assert.match(list, /not yet enrolled/)
  assert.ok(!list.includes(enrolment))
  const begun = await post(app, '/login/staff/enrol', { login_id: 'n.sato', enrolment, step: 'begin' })
  assert.equal(begun.statusCode, 200)
})

test('a taken ID, one that is none, no name and a wrong role are told; what was typed stays', async () => {
  const taken = await post(app, '/desk/staff', { login_id: 'AGENT', name: 'x', role: 'admin' }, boss)
  assert.equal(taken.statusCode, 400)
  assert.match(taken.body, /このスタッフIDは、もう使われています/)
  assert.match(taken.body, /value="AGENT"/)
  const wrong = await post(app, '/desk/staff', { login_id: '佐藤', name: 'x', role: 'support' }, boss)
  assert.match(wrong.body, /半角の英数字と記号、64文字までで入力してください/)
  const empty = await post(app, '/desk/staff', { login_id: 'x', name: '  ', role: 'king' }, boss)
  assert.match(empty.body, /名前を100文字まで[^]*権限を選んでください/)
})

test('another role is there on the next request', async () => {
  const cookie = await signInStaff(app, db, 'operator')
  assert.equal(await statusFor(cookie, '/desk/audit'), 200)
  assert.equal(await statusFor(cookie, '/desk/staff'), 403)
  assert.equal((await change('operator', 'role', { role: 'admin' })).statusCode, 303)
  assert.equal(await statusFor(cookie, '/desk/staff'), 200)
  assert.equal((await change('operator', 'role', { role: 'support' })).statusCode, 303)
  assert.equal(await statusFor(cookie, '/desk/audit'), 403)
  const details = { staff: 'operator', from: 'admin', to: 'support' }
  assert.deepEqual(await lastEvent(), { actor: 'boss', action: 'staff role changed', details })
  assert.equal((await change('operator', 'role', { role: 'support' })).statusCode, 400, 'it is so already')
  assert.equal((await change('operator', 'role', { role: 'king' })).statusCode, 400)
})

test('who is disabled is out on the next request, and may come back when enabled again', async () => {
  const cookie = await signInStaff(app, db, 'deputy')
  assert.equal((await change('deputy', 'disable')).statusCode, 303)
  assert.equal(await statusFor(cookie, '/desk/staff'), 303)
  assert.match(await page(`/desk/staff/${ids.deputy}`), /disabled/)
  assert.equal((await change('deputy', 'enable')).statusCode, 303)
  assert.equal(await statusFor(cookie, '/desk/staff'), 303, 'the old session stays dead')
  assert.equal(await statusFor(await signInStaff(app, db, 'deputy'), '/desk/staff'), 200)
})

test('a new enrolment code is shown once; sessions, password and second factor are void', async () => {
  const cookie = await signInStaff(app, db, 'agent')
  const renewed = await change('agent', 'enrolment')
  assert.equal(renewed.statusCode, 200)
  assert.match(renewed.body, /<code>[A-Z2-9-]{19}<\/code>/)
  assert.equal((await app.inject({ url: '/login/staff', headers: { cookie } })).statusCode, 200)
  assert.equal((await rowOf('agent'))?.password_hash, null)
  assert.equal((await lastEvent()).action, 'staff enrolment renewed')
})

test('each change asks for a fresh second factor, which may be typed into the same form', async () => {
  await letConfirmationsAge(db)
  assert.match(await page(`/desk/staff/${ids.agent}`), /name="code"/)
  for (const [what, form] of [
    ['role', { role: 'operator' }],
    ['enrolment', {}],
    ['disable', {}],
    ['disable', { code: '000000' }]
  ] as const)
    assert.equal((await change('agent', what, form)).statusCode, 400, what)
  const added = { login_id: 'late', name: 'x', role: 'support' }
  assert.equal((await post(app, '/desk/staff', added, boss)).statusCode, 400)
  assert.equal(await rowOf('late'), undefined)
  assert.equal((await rowOf('agent'))?.disabled_at, null)

  const code = await codeNow(db, 'boss')
  assert.equal((await change('agent', 'disable', { code })).statusCode, 303)
  assert.equal((await change('agent', 'enable')).statusCode, 303, 'fresh for 5 minutes')
})

test('nobody changes themselves, and the last administrator who can log in stays', async () => {
  for (const [what, form] of [
    ['role', { role: 'support' }],
    ['disable', {}],
    ['enrolment', {}]
  ] as const)
    assert.equal((await change('boss', what, form)).statusCode, 400, what)

  const deputy = await signInStaff(app, db, 'deputy')
  const both = await Promise.all([change('deputy', 'disable'), change('boss', 'disable', {}, deputy)])
  const done = both.filter(({ headers }) => String(headers.location).startsWith('/desk/staff/'))
  assert.equal(done.length, 1, 'one of both, whoever was first')
  const { rows } = await pool.query(`select id from staff where role = 'admin' and disabled_at is null`)
  assert.equal(rows.length, 1)

  const last = rows[0].id === ids.boss ? 'boss' : 'deputy'
  await mypage(url, 'staff', 'add', 'newcomer', '--name', 'x', '--role', 'admin')
  const byCommand = await mypage(url, 'staff', 'disable', last)
  assert.equal(byCommand.code, 1, 'who has not enrolled cannot administer yet')
  assert.match(byCommand.stderr, /no other administrator who can log in/)
})

test('colleagues of the company login have no code here, and bring their role', async () => {
  const admin = (await rowOf('boss'))?.disabled_at ? 'deputy' : 'boss'
  const cookie = await signInStaff(app, db, admin)
  const { id } = await db
    .insertInto('staff')
    .values({ login_id: 'mari', name: 'Mari', role: 'support', subject: 'https://x 1', created_by: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow()
  assert.doesNotMatch(await page(`/desk/staff/${id}`, cookie), /enrolment|name="role"/)
  for (const [what, form] of [
    ['role', { role: 'admin' }],
    ['enrolment', {}]
  ] as const)
    assert.equal((await post(app, `/desk/staff/${id}/${what}`, form, cookie)).statusCode, 400)
  assert.equal((await post(app, `/desk/staff/${id}/disable`, {}, cookie)).statusCode, 303)
  assert.equal(await statusFor(cookie, '/desk/staff/999999'), 404)
})
