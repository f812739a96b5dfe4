import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { networkKey } from '../../src/sign-in/throttle.ts'
import { addCast } from '../helpers/cast.ts'
import { openTestPortal, post, setPassword } from '../helpers/portal.ts'

const { app, db } = await openTestPortal({ TRUSTED_PROXIES: '127.0.0.1/32' })
await addCast(db)
for (const id of ['hanako', 'taro']) await setPassword(db, id, 'right')

async function statusOf(login_id: string, password: string) {
  return (await post(app, '/login/individual', { login_id, password })).statusCode
}

/** As if this many seconds had passed. */
function pass(seconds: number) {
  return sql`update sign_in_throttle set blocked_until = blocked_until - make_interval(secs => ${seconds}),
    expires_at = expires_at - make_interval(secs => ${seconds})`.execute(db)
}

test('after 5 failures the right password is refused for 30 seconds, and a success starts anew', async () => {
  for (let failure = 1; failure <= 5; failure++) assert.equal(await statusOf('hanako', 'wrong'), 400)
  assert.equal(await statusOf('hanako', 'right'), 400)
  await pass(31)
  assert.equal(await statusOf('hanako', 'right'), 303)
  for (let failure = 1; failure <= 4; failure++) assert.equal(await statusOf('hanako', 'wrong'), 400)
  assert.equal(await statusOf('hanako', 'right'), 303)
})

test('delays double up to 15 minutes', async () => {
  for (let failure = 1; failure <= 5; failure++) await statusOf('taro', 'wrong')
  for (const delay of [30, 60, 120, 240, 480, 900, 900]) {
    await pass(delay - 5)
    assert.equal(await statusOf('taro', 'right'), 400, `before ${delay} s`)
    await pass(6)
    assert.equal(await statusOf('taro', 'wrong'), 400)
  }
  await pass(901)
  assert.equal(await statusOf('taro', 'right'), 303)
})

test('an unknown ID is throttled in the same way', async () => {
  for (let failure = 1; failure <= 5; failure++) await statusOf('nobody', 'wrong')
  const { rows } = await sql`select failures from sign_in_throttle
    where key like 'account %' and blocked_until > now()`.execute(db)
  assert.deepEqual(rows, [{ failures: 5 }])
})

test('a hundred guesses at the same moment are counted before any password is looked at', async () => {
  await sql`delete from sign_in_throttle`.execute(db)
  const guesses = Array.from({ length: 100 }, (_, at) => statusOf('hanako', at === 99 ? 'right' : 'wrong'))
  assert.equal((await Promise.all(guesses)).filter(status => status === 400).length, 100)
  const { rows } = await sql`select failures from sign_in_throttle where key like 'account %'`.execute(db)
  assert.deepEqual(rows, [{ failures: 5 }])
})

test('after 100 failures nothing is admitted until the count expires, a day later, by itself', async () => {
  await sql`update sign_in_throttle set failures = 99, blocked_until = now() where key like 'account %'`.execute(
    db
  )
  assert.equal(await statusOf('hanako', 'wrong'), 400)
  await pass(23 * 60 * 60)
  assert.equal(await statusOf('hanako', 'right'), 400)
  await pass(2 * 60 * 60)
  assert.equal(await statusOf('hanako', 'right'), 303)
})

test('failures of one client network are counted together; an IPv6 customer is a /64', async () => {
  assert.equal(networkKey({ ip: '2001:db8:1:2:aaaa::1' }), 'network 2001:db8:1:2::/64')
  assert.equal(networkKey({ ip: '2001:0db8:0001:0002::ffff' }), 'network 2001:db8:1:2::/64')
  assert.equal(networkKey({ ip: '2001:db8::1' }), 'network 2001:db8:0:0::/64')
  assert.equal(networkKey({ ip: '::ffff:192.0.2.7' }), 'network 192.0.2.7')
  await sql`delete from sign_in_throttle`.execute(db)
  await sql`insert into sign_in_throttle values
    ('network 192.0.2.7', 599, now(), now() + interval '5 minutes')`.execute(db)
  const from = (ip: string, login_id: string) =>
    app.inject({
      method: 'POST',
      url: '/login/individual',
      headers: {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': ip
      },
      payload: `login_id=${login_id}&password=right`
    })
  await sql`update accounts set disabled_at = now() where login_id = 'taro'`.execute(db)
  assert.equal((await from('192.0.2.7', 'taro')).statusCode, 400)
  assert.equal((await from('192.0.2.7', 'hanako')).statusCode, 400)
  assert.equal((await from('192.0.2.8', 'hanako')).statusCode, 303)
})

test('people of one network who log in at the same moment do not take each other for an attack', async () => {
  await sql`delete from sign_in_throttle`.execute(db)
  await sql`insert into accounts (login_id, kind, name, language, password_hash, password_scheme)
    select 'guest' || number, kind, name, language, password_hash, password_scheme
    from accounts, generate_series(1, 40) as number where login_id = 'taro'`.execute(db)
  // A slow machine says that it is busy, and asks to come again.
  const patient = async (loginId: string): Promise<number> => {
    const status = await statusOf(loginId, 'right')
    return status === 503 ? patient(loginId) : status
  }
  const logins = Array.from({ length: 40 }, (_, at) => patient(`guest${at + 1}`))
  assert.deepEqual(
    (await Promise.all(logins)).filter(status => status !== 303),
    []
  )
})

test('under attack, right logins at once do not close their network', async () => {
  await sql`delete from sign_in_throttle`.execute(db)
  await sql`insert into sign_in_throttle values
    ('all', 3000, now() + interval '5 minutes', now() + interval '5 minutes')`.execute(db)
  const statuses = await Promise.all(Array.from({ length: 12 }, () => statusOf('hanako', 'right')))
  assert.ok(statuses.includes(303))
  await sql`delete from sign_in_throttle where key like 'account %'`.execute(db)
  assert.equal(await statusOf('hanako', 'right'), 303)
})
