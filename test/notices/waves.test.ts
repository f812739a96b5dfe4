import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { countActivity, keepActivity } from '../../src/operations/activity.ts'
import { textOf } from '../helpers/desk.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { openNotices } from '../helpers/notices.ts'
import { openTestPortal, post } from '../helpers/portal.ts'

const portal = await openTestPortal()
const { app, db, pool } = portal
const arrived: { at: number; domain: string }[] = []
const { url: SMTP_URL } = await openMailServer({
  onRcptTo({ address }, _session, done) {
    arrived.push({ at: Date.now(), domain: address.slice(address.indexOf('@') + 1) })
    done()
  },
  onData(stream, _session, done) {
    stream.resume().on('end', () => done(null, 'OK'))
  }
})
const { notices, cookie, page } = await openNotices(portal, SMTP_URL)
const read = async () =>
  textOf((await app.inject({ url: page, headers: { cookie, 'accept-language': 'en' } })).body)
await notices('plan', 'outage')

async function anew() {
  await pool.query(`update notices set state = 'planned', attempts = 0, ended_at = null`)
  arrived.length = 0
}

async function until(what: () => boolean | Promise<boolean>, problem: string) {
  for (let tries = 0; !(await what()); tries++) {
    assert.ok(tries < 200, problem)
    await pause(50)
  }
}

test('a rate to one domain holds for each of them, and not for both together', async () => {
  const changed = await notices('rate', 'outage', '--rate', '1000', '--domain-rate', '10')
  assert.match(changed.stdout, /at 1000 a second, 10 to one domain\./)
  const { code } = await notices('send', 'outage')
  assert.equal(code, 0)
  const times = Map.groupBy(arrived, ({ domain }) => domain)
  assert.deepEqual([...times.keys()].sort(), ['aoba-net.example', 'aoba.example'])
  for (const [domain, all] of times) {
    assert.equal(all.length, 30, domain)
    const [first, last] = [all[0]?.at ?? 0, all.at(-1)?.at ?? 0]
    // Ten at once, which a second allows, and twenty more at ten a second.
    assert.ok(last - first > 1_500 && last - first < 4_000, `${domain}: ${last - first} ms`)
  }
  await notices('rate', 'outage', '--domain-rate', '0')
})

test('waves of 25 stop after 25, whoever sends; a change while they wait begins another at once', async () => {
  await anew()
  const changed = await notices('rate', 'outage', '--wave', '25', '--wave-pause', '20')
  assert.match(changed.stdout, /in waves of 25 with 20 minutes between/)
  const workers = [notices('send', 'outage'), notices('send', 'outage')]
  await until(() => arrived.length >= 25, 'the first wave does not go out')
  await pause(1_200)
  assert.equal(arrived.length, 25)
  const waiting = await read()
  assert.match(waiting, /The next wave begins at/)
  assert.match(waiting, /Waves of 25, with 20 minutes between/)
  const waves = { wave_size: '30', wave_minutes: '0.03' }
  const form = { rate: '1000', domain_rate: '', deadline: '', heeds_login: 'yes', ...waves }
  assert.equal((await post(app, `${page}/rate`, form, cookie)).statusCode, 303)
  for (const { code, stderr } of await Promise.all(workers)) {
    assert.equal(code, 0)
    assert.match(stderr, /A wave is out\. The next begins in 1,\d\d\d s\./)
  }
  assert.equal(arrived.length, 60)
  const gap = (arrived[55]?.at ?? 0) - (arrived[54]?.at ?? 0)
  assert.ok(gap > 900, `${gap} ms between the second wave and the third`)
  const typed = { ...form, rate: '777', domain_rate: '55' }
  const stale = await post(app, `${page}/rate`, { ...typed, seen: '[1000,null,null,25,1200,true]' }, cookie)
  assert.equal(stale.statusCode, 400, 'a colleague has changed it meanwhile')
  assert.doesNotMatch(stale.body, /value="(777|55)"/, 'what is set now is shown')
  const wrong = await post(app, `${page}/rate`, { ...typed, wave_size: 'many', heeds_login: 'no' }, cookie)
  assert.equal(wrong.statusCode, 400)
  for (const value of ['777', '55', 'many'])
    assert.ok(wrong.body.includes(`value="${value}"`), 'what was typed is kept')
  assert.doesNotMatch(wrong.body, /value="yes" checked/)
  const endless = await post(app, `${page}/rate`, { ...form, rate: '0.000000000001' }, cookie)
  assert.equal(endless.statusCode, 400)
  assert.equal((await notices('rate', 'outage', '--rate', '1e-12')).code, 1)
  await post(app, `${page}/rate`, { ...form, wave_size: '', wave_minutes: '' }, cookie)
})

test('while the login turns visitors away the rate is halved, told, and doubled again by itself', async () => {
  await anew()
  await notices('rate', 'outage', '--rate', '16')
  const worker = notices('send', 'outage')
  await until(() => arrived.length > 0, 'nothing goes out')
  countActivity('turned away')
  await keepActivity(db)
  await until(async () => /Slowed down to 8 a second/.test(await read()), 'it is not slowed down')
  assert.match((await notices('status', 'outage')).stdout, /Slowed down to 8 a second/)
  const braked = () => pool.query('select brake from notice_sendings')
  assert.equal((await braked()).rows[0].brake, 1, 'one refusal halves it once')
  // A minute later.
  await pool.query(`update activity set last_at = last_at - interval '61 seconds'`)
  await pool.query(`update notice_sendings set braked_at = braked_at - interval '61 seconds'`)
  await until(async () => !/Slowed down/.test(await read()), 'it is not let go')
  // Whoever storms the login cannot stop the notices.
  countActivity('turned away')
  await keepActivity(db)
  await until(async () => (await braked()).rows[0].brake === 1, 'it is not slowed down again')
  await notices('rate', 'outage', '--heed-login', 'off', '--rate', '1000')
  const { code, stderr } = await worker
  assert.equal(code, 0)
  assert.match(stderr, /The login turns visitors away: slowed down to 8 a second\./)
  assert.match(stderr, /No longer slowed down so much: up to 16 a second\./)
  assert.equal(arrived.length, 60)
  assert.equal((await braked()).rows[0].brake, 0)
})
