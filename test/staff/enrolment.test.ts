import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from 'otplib'
import { openTestPortal, post } from '../helpers/portal.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, url } = await openTestPortal()

const enrol = (form: Record<string, string>) => post(app, '/login/staff/enrol', form)
const logIn = (form: Record<string, string>) => post(app, '/login/staff', form)
const codeOf = (stdout: string) => /72 hours: (\S+)/.exec(stdout)?.[1] ?? ''
const keyOf = (body: string) => /<code>([A-Z2-7 ]+)<\/code>/.exec(body)?.[1]?.replaceAll(' ', '') ?? ''
const password = 'kaede no ha 2026'

test('the first administrator is made on the command line, enrols, and logs in with each recovery code once', async () => {
  const added = await mypage(url, 'staff', 'add', 'M.Suzuki', '--name', '鈴木 真理', '--role', 'admin')
  assert.equal(added.code, 0, added.stderr)
  const enrolment = codeOf(added.stdout)
  assert.match(enrolment, /^[A-Z2-9]{4}(-[A-Z2-9]{4}){3}$/)

  const begun = await enrol({ login_id: 'm.suzuki', enrolment: enrolment.toLowerCase(), step: 'begin' })
  assert.equal(begun.statusCode, 200)
  assert.match(begun.body, /<svg/)
  const secret = keyOf(begun.body)
  assert.match(secret, /^[A-Z2-7]{32}$/)

  const seen = keyOf((await enrol({ login_id: 'm.suzuki', enrolment, step: 'begin' })).body)
  assert.notEqual(seen, secret, 'who saw the code and begins too gets another key, and the first one is void')
  const void_ = await generate({ secret })
  const stale = { login_id: 'm.suzuki', enrolment, step: 'finish', password, code: void_ }
  assert.equal((await enrol(stale)).statusCode, 400)
  const own = keyOf((await enrol({ login_id: 'm.suzuki', enrolment, step: 'begin' })).body)
  const code = await generate({ secret: own })
  const short = await enrol({
    login_id: 'm.suzuki',
    enrolment,
    step: 'finish',
    password: '11 zeichen!',
    code
  })
  assert.equal(short.statusCode, 400)
  assert.equal(keyOf(short.body), own, 'the app that has the key by now goes on being right')
  const wrong = await enrol({ login_id: 'm.suzuki', enrolment, step: 'finish', password, code: '000000' })
  assert.equal(wrong.statusCode, 400)

  const done = await enrol({ login_id: 'm.suzuki', enrolment, step: 'finish', password, code })
  assert.equal(done.statusCode, 200)
  const recovery = [...done.body.matchAll(/<li><code>([A-Z0-9-]+)<\/code>/g)].map(([, text = '']) => text)
  assert.equal(new Set(recovery).size, 10)

  const again = await logIn({ login_id: 'm.suzuki', password, code })
  assert.equal(again.statusCode, 400, 'the code of the enrolment was taken')
  const later = await generate({ secret: own, epoch: Math.floor(Date.now() / 1000) + 30 })
  const entered = await logIn({ login_id: 'Ｍ.ＳＵＺＵＫＩ', password, code: later })
  assert.equal(entered.statusCode, 303)
  assert.equal(entered.headers.location, '/desk')

  const first = recovery[0]?.toLowerCase().replaceAll('-', ' ') ?? ''
  assert.equal((await logIn({ login_id: 'm.suzuki', password, code: first })).statusCode, 303)
  assert.equal((await logIn({ login_id: 'm.suzuki', password, code: first })).statusCode, 400)
})

test('an enrolment code is good once, for 72 hours, and makes void what was there before', async () => {
  const used = await mypage(url, 'staff', 'list')
  assert.match(used.stdout, /m\.suzuki {2}admin {2}active/)
  const renewed = codeOf((await mypage(url, 'staff', 'enrol', 'm.suzuki')).stdout)
  const row = () =>
    db.selectFrom('staff').selectAll().where('login_id', '=', 'm.suzuki').executeTakeFirstOrThrow()
  assert.equal((await row()).password_hash, null)
  const left = (await row()).enrolment_expires_at?.getTime() ?? 0
  assert.ok(Math.abs(left - Date.now() - 72 * 3_600_000) < 60_000)

  await db
    .updateTable('staff')
    .set({ enrolment_expires_at: new Date(Date.now() - 1_000) })
    .execute()
  const late = await enrol({ login_id: 'm.suzuki', enrolment: renewed, step: 'begin' })
  assert.equal(late.statusCode, 400)
  const unknown = await enrol({ login_id: 'nobody', enrolment: renewed, step: 'begin' })
  const errorsOf = (body: string) => /<ul>[^]*?<\/ul>/.exec(body)?.[0]
  assert.equal(errorsOf(late.body), errorsOf(unknown.body), 'equal answers')
})

test('a second one of the same ID, an unknown role and nobody are told', async () => {
  const twice = await mypage(url, 'staff', 'add', 'm.suzuki', '--name', 'x', '--role', 'support')
  assert.equal(twice.code, 1)
  assert.match(twice.stderr, /There is a "m\.suzuki" already/)
  const role = await mypage(url, 'staff', 'add', 'x', '--name', 'x', '--role', 'boss')
  assert.match(role.stderr, /no role "boss"\. There are: support, operator, admin/)
  assert.match((await mypage(url, 'staff', 'role', 'nobody', 'admin')).stderr, /There is no "nobody"/)
})
