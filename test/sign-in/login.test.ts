import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'

const { app, db } = await openTestPortal()
await addCast(db)
for (const id of ['hanako', 'taro', 'A0012345']) await setPassword(db, id, ' さくら 2017 ')

beforeEach(() => db.deleteFrom('sign_in_throttle').execute())

const login = (kind: string, login_id: string, password: string, return_to = '') =>
  post(app, `/login/${kind}`, { login_id, password, return_to })

test('an individual and a business each log in on their own page', async () => {
  const individual = await login('individual', 'hanako', ' さくら 2017 ')
  assert.equal(individual.statusCode, 303)
  assert.equal(individual.headers.location, '/mypage')
  const business = await login('business', 'A0012345', ' さくら 2017 ')
  assert.equal(business.statusCode, 303)
  assert.equal(business.headers.location, '/business')
})

test('full-width letters, capitals and stray spaces in the ID make no difference', async () => {
  for (const id of ['ｈａｎａｋｏ', ' Hanako　', 'HANAKO'])
    assert.equal((await login('individual', id, ' さくら 2017 ')).statusCode, 303, id)
  for (const id of ['ａ００１２３４５', 'a0012345 '])
    assert.equal((await login('business', id, ' さくら 2017 ')).statusCode, 303, id)
})

test('the password is taken as typed: no space is cut off and no character is changed', async () => {
  for (const password of ['さくら 2017', ' サクラ 2017 ', ' さくら ２０１７ '])
    assert.equal((await login('individual', 'hanako', password)).statusCode, 400, password)
})

test('a wrong password, an unknown ID and a disabled account get the same answer', async () => {
  await db.updateTable('accounts').set({ disabled_at: new Date() }).where('login_id', '=', 'taro').execute()
  const answers = await Promise.all([
    login('individual', 'hanako', 'wrong'),
    login('individual', 'nobody', 'wrong'),
    login('individual', 'taro', ' さくら 2017 ')
  ])
  const shapes = answers.map(({ statusCode, headers, body }) => ({
    statusCode,
    cookie: headers['set-cookie'],
    body: body.replaceAll(/value="(hanako|nobody|taro)"/g, '')
  }))
  assert.equal(shapes[0]?.statusCode, 400)
  assert.equal(shapes[0]?.cookie, undefined)
  assert.match(shapes[0]?.body ?? '', /IDまたはパスワードが違います/)
  assert.deepEqual(shapes[1], shapes[0])
  assert.deepEqual(shapes[2], shapes[0])
})

test('an A-ID on the individual page gets the same error and a link to the other page, known or not', async () => {
  for (const id of ['A0012345', 'A0000001', 'ａ００１２３４５']) {
    const { statusCode, body } = await login('individual', id, ' さくら 2017 ')
    assert.equal(statusCode, 400)
    assert.match(body, /IDまたはパスワードが違います/)
    assert.match(body, /<p class="notice"><a href="\/login\/business">/)
  }
  const right = await login('business', 'Ａ００１２３４５', 'wrong')
  assert.doesNotMatch(right.body, /<p class="notice"><a href="\/login\/individual">/)
  const other = await login('business', 'hanako', ' さくら 2017 ')
  assert.equal(other.statusCode, 400)
  assert.match(other.body, /<p class="notice"><a href="\/login\/individual">/)
})

test('an empty field is named, and what was typed as ID is kept', async () => {
  const { statusCode, body } = await login('individual', 'hanako', '')
  assert.equal(statusCode, 400)
  assert.match(body, /<a href="#password">パスワードを入力してください<\/a>/)
  assert.match(body, /value="hanako"/)
})

test('after login the visitor lands where they wanted to go, on this site only', async () => {
  const asked = await app.inject('/mypage/incidents/outage?by=sender')
  assert.equal(
    asked.headers.location,
    '/login/individual?return_to=%2Fmypage%2Fincidents%2Foutage%3Fby%3Dsender'
  )
  const places = [
    ['/mypage/incidents/outage?by=sender', '/mypage/incidents/outage?by=sender'],
    ['https://evil.example/', '/mypage'],
    ['//evil.example/', '/mypage'],
    ['/\\evil.example/', '/mypage'],
    ['/\t/evil.example/', '/mypage'],
    ['javascript:alert(1)', '/mypage']
  ] as const
  for (const [asked, given] of places) {
    const { headers } = await login('individual', 'hanako', ' さくら 2017 ', asked)
    assert.equal(headers.location, given, asked)
  }
})

test('a password of 1,025 bytes is refused, one of 1,024 bytes works', async () => {
  await setPassword(db, 'hanako', 'x'.repeat(1024))
  assert.equal((await login('individual', 'hanako', 'x'.repeat(1025))).statusCode, 400)
  assert.ok(await signIn(app, 'individual', 'hanako', 'x'.repeat(1024)))
})

test('an imported password is replaced by argon2id at the first login', async () => {
  // perl -e 'print crypt("bar", q($2b$05$abcdefghijklmnopqrstuu))'
  const bcrypt = '$2b$05$abcdefghijklmnopqrstuuUq7qXkDOZJ5Q8HA9wCOH0FErWp6q0b6'
  const stored = { password_hash: bcrypt, password_scheme: 'bcrypt' }
  await db.updateTable('accounts').set(stored).where('login_id', '=', 'hanako').execute()
  await signIn(app, 'individual', 'hanako', 'bar')
  const account = await db
    .selectFrom('accounts')
    .select(['password_hash', 'password_scheme'])
    .where('login_id', '=', 'hanako')
    .executeTakeFirstOrThrow()
  assert.equal(account.password_scheme, 'argon2id')
  assert.match(account.password_hash ?? '', /^\$argon2id\$v=19\$m=19456,p=1,t=2\$/)
  await signIn(app, 'individual', 'hanako', 'bar')
})
