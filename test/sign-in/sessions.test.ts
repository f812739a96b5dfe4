import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Signer } from '@fastify/cookie'
import { sql } from 'kysely'
import { addCast } from '../helpers/cast.ts'
import { openTestPortal, post, secret, setPassword, signIn } from '../helpers/portal.ts'

const { app, db } = await openTestPortal()
await addCast(db)
for (const id of ['hanako', 'A0012345']) await setPassword(db, id, 'right')

const signer = new Signer(secret, 'sha256')
const logIn = () => signIn(app, 'individual', 'hanako', 'right')
const mypage = (cookie: string) => app.inject({ url: '/mypage', headers: { cookie } })
const isIn = async (cookie: string) => (await mypage(cookie)).statusCode === 200

test('an anonymous visit sets no cookie and writes nothing', async () => {
  for (const url of ['/', '/login/individual', '/mypage', '/nowhere']) {
    const { headers } = await app.inject(url)
    assert.equal(headers['set-cookie'], undefined, url)
  }
  assert.deepEqual(await db.selectFrom('sessions').selectAll().execute(), [])
})

test('the cookie is for this browser and host only, and the store holds a hash of it', async () => {
  const response = await post(app, '/login/individual', { login_id: 'hanako', password: 'right' })
  assert.match(String(response.headers['set-cookie']), /^session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/i)
  const id = response.cookies[0]?.value.split('.')[0] ?? ''
  assert.ok(Buffer.from(id, 'base64url').length >= 16)
  const stored = await db.selectFrom('sessions').select('id_hash').execute()
  assert.deepEqual(stored, [{ id_hash: createHash('sha256').update(id).digest() }])
})

test('a login gives a new ID; the one the browser came with is dead', async () => {
  const first = await logIn()
  const response = await app.inject({
    method: 'POST',
    url: '/login/individual',
    headers: {
      cookie: first,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded'
    },
    payload: 'login_id=hanako&password=right'
  })
  const second = `session=${encodeURIComponent(response.cookies[0]?.value ?? '')}`
  assert.notEqual(second, first)
  assert.equal(await isIn(first), false)
  assert.equal(await isIn(second), true)
})

test('a session ends after 30 minutes without a request, with a reason and the way back', async () => {
  const cookie = await logIn()
  await sql`update sessions set last_seen_at = now() - interval '29 minutes'`.execute(db)
  assert.equal(await isIn(cookie), true)
  await sql`update sessions set last_seen_at = last_seen_at - interval '29 minutes'`.execute(db)
  assert.equal(await isIn(cookie), true, 'the visit before has counted')
  await sql`update sessions set last_seen_at = now() - interval '31 minutes'`.execute(db)
  const ended = await mypage(cookie)
  assert.equal(ended.statusCode, 303)
  assert.equal(ended.headers.location, '/login/individual?return_to=%2Fmypage&ended=1')
  const told = await app.inject(String(ended.headers.location))
  assert.match(told.body, /30分/)
})

test('a session ends after 12 hours however busy it is', async () => {
  const cookie = await logIn()
  await sql`update sessions set created_at = now() - interval '12 hours 1 minute'`.execute(db)
  assert.equal(await isIn(cookie), false)
})

test('disabling an account ends its sessions with the next request', async () => {
  const cookie = await logIn()
  await sql`update accounts set disabled_at = now() where login_id = 'hanako'`.execute(db)
  assert.equal(await isIn(cookie), false)
  await sql`update accounts set disabled_at = null where login_id = 'hanako'`.execute(db)
})

test('a session of an earlier password has ended, also one that a login opens while the password changes', async () => {
  const cookie = await logIn()
  await sql`update accounts set password_version = password_version + 1 where login_id = 'hanako'`.execute(db)
  assert.equal(await isIn(cookie), false)
  assert.equal(await isIn(await logIn()), true)
})

test('a change of kind counts from the next request on', async () => {
  const cookie = await logIn()
  await sql`update accounts set kind = 'business' where login_id = 'hanako'`.execute(db)
  assert.equal((await mypage(cookie)).statusCode, 403)
  await sql`update accounts set kind = 'individual' where login_id = 'hanako'`.execute(db)
})

test('logout ends this session, takes the cookie back and clears what the browser kept', async () => {
  const [here, elsewhere] = [await logIn(), await logIn()]
  const { headers, statusCode } = await post(app, '/logout', {}, here)
  assert.equal(statusCode, 303)
  assert.match(String(headers['set-cookie']), /^session=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/i)
  assert.equal(headers['clear-site-data'], '"cache", "storage"')
  assert.equal(await isIn(here), false)
  assert.equal(await isIn(elsewhere), true)
})

test('logout everywhere ends all sessions of the account and no others', async () => {
  const [here, elsewhere] = [await logIn(), await logIn()]
  const company = await signIn(app, 'business', 'A0012345', 'right')
  await post(app, '/logout/everywhere', {}, here)
  assert.equal(await isIn(here), false)
  assert.equal(await isIn(elsewhere), false)
  assert.notEqual((await app.inject({ url: '/business', headers: { cookie: company } })).statusCode, 303)
})

test('of 1,000 requests that end after a logout none brings the session back', async () => {
  for (let race = 0; race < 1_000; race += 20) {
    const { rows } = await sql<{ id: string }>`select id from accounts where login_id = 'hanako'`.execute(db)
    const cookies = Array.from({ length: 20 }, (_, at) => insertedSession(String(rows[0]?.id), race + at))
    await Promise.all(
      (await Promise.all(cookies)).map(async cookie => {
        await Promise.all([mypage(cookie), post(app, '/logout', {}, cookie), mypage(cookie)])
        assert.equal(await isIn(cookie), false)
      })
    )
  }
  const { rows } = await sql`select count(*)::int as left_over from sessions s
    join accounts a on a.id = s.account_id where a.login_id = 'hanako' and s.created_at > now() - interval '1 hour'`.execute(
    db
  )
  assert.deepEqual(rows, [{ left_over: 0 }])
})

/** A session as login makes it, without a thousand password hashes; due for an update of last_seen_at. */
async function insertedSession(accountId: string, number: number): Promise<string> {
  const id = `race-${number}`
  await sql`insert into sessions (id_hash, account_id, password_version, last_seen_at)
    select ${createHash('sha256').update(id).digest()}, id, password_version, now() - interval '5 minutes'
    from accounts where id = ${accountId}`.execute(db)
  return `session=${encodeURIComponent(signer.sign(id))}`
}
