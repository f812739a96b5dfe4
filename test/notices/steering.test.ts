import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMailServer } from '../helpers/mail-server.ts'
import { openNotices } from '../helpers/notices.ts'
import { openTestPortal, post } from '../helpers/portal.ts'
import { codeNow, letConfirmationsAge } from '../helpers/staff.ts'

const portal = await openTestPortal()
const { app, db, pool } = portal
const { url: SMTP_URL, mails } = await openMailServer()
const { notices, cookie, page } = await openNotices(portal, SMTP_URL)
const read = async (path = page) => (await app.inject({ url: path, headers: { cookie } })).body
const states = async () => {
  const { rows } = await pool.query(
    'select state, count(*)::int as notices from notices group by state order by state'
  )
  return Object.fromEntries(rows.map(({ state, notices: count }) => [state, count]))
}

test('the desk shows what a plan would be, with samples, and writes it after a one-time code', async () => {
  assert.match(await read(), /60件のうち0件の行き先が決まりました/)
  const foreseen = await read(`${page}/plan`)
  assert.match(foreseen, /第1版について、60件のアドレスのお知らせ60通を計画します/)
  assert.match(foreseen, /会員1　さま/)
  assert.deepEqual(await states(), {})
  await letConfirmationsAge(db)
  assert.equal((await post(app, `${page}/plan`, {}, cookie)).statusCode, 400)
  assert.deepEqual(await states(), {})
  const code = await codeNow(db, 'operator')
  assert.equal((await post(app, `${page}/plan`, { code }, cookie)).statusCode, 303)
  assert.deepEqual(await states(), { planned: 60 })
})

test('the rate holds for all workers together, and can be changed and paused while they send', async () => {
  const begun = Date.now()
  const workers = [notices('send', 'outage', '--rate', '5'), notices('send', 'outage', '--rate', '5')]
  while (mails.length < 10) await new Promise(resolve => setTimeout(resolve, 50))
  // Five a second and a second's worth ahead: ten took one second at the least.
  assert.ok(Date.now() - begun > 1_000)
  await post(app, `${page}/switch`, { to: 'paused' }, cookie)
  await new Promise(resolve => setTimeout(resolve, 1_500))
  const paused = mails.length
  // One that is started now, by a service manager say, does not let it go on.
  workers.push(notices('send', 'outage'))
  await new Promise(resolve => setTimeout(resolve, 2_500))
  assert.equal(mails.length, paused, 'paused')
  assert.match(await read(), /止めています/)
  assert.doesNotMatch(await read(), /送信が動いていないようです/)
  await post(app, `${page}/rate`, { rate: '1000', domain_rate: '' }, cookie)
  assert.equal((await post(app, `${page}/switch`, { to: 'on' }, cookie)).statusCode, 303)
  const all = await Promise.all(workers)
  for (const { code } of all) assert.equal(code, 0)
  assert.match(all[2]?.stderr ?? '', /Sending is paused\. What lets it go on: mypage notices resume outage/)
  assert.equal(new Set(mails.map(({ messageId }) => messageId)).size, 60)
  assert.equal(mails.length, 60)
  assert.match(await read(), /60件のうち60件の行き先が決まりました/)
})

test('a deadline that will be missed is told, and what is left can be cancelled', async () => {
  await pool.query(`update notices set state = 'planned', attempts = 0, ended_at = null`)
  assert.match(await read(), /送信が動いていないようです/)
  const wrong = await post(app, `${page}/rate`, { rate: 'x', deadline: '' }, cookie)
  assert.equal(wrong.statusCode, 400)
  assert.match(wrong.body, /0.01以上の数を入力してください/)
  await post(app, `${page}/switch`, { to: 'paused' }, cookie)
  await post(app, `${page}/rate`, { rate: '1', deadline: '2017-04-19T18:00:00' }, cookie)
  assert.match(await read(), /期限に間に合いません/)
  await post(app, `${page}/switch`, { to: 'cancelled' }, cookie)
  assert.deepEqual(await states(), { cancelled: 60 })
  const { body, headers } = await post(app, `${page}/rest.csv`, {}, cookie)
  assert.match(String(headers['content-type']), /text\/csv/)
  assert.equal(body.trim().split('\r\n').length, 61)
  const { rows } = await pool.query(
    `select action, details from audit_events where actor = 'operator' order by id`
  )
  assert.deepEqual(
    rows.map(({ action }) => action).filter(action => action !== 'staff login'),
    [
      ...['notices planned', 'notices sending changed', 'notices sending changed', 'notices sending changed'],
      ...['notices sending changed', 'notices sending changed', 'notices cancelled', 'export']
    ]
  )
  assert.equal(rows.find(({ action }) => action === 'export').details.addresses, 60)
})
