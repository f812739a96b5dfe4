import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openOutage } from '../helpers/outage.ts'
import { signIn } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const { app, db, pool } = await openOutage()
await addStaff(db, 'operator', 'operator')
const operator = await signInStaff(app, db, 'operator')

const open = async (kind: 'individual' | 'business', id: string, ...addresses: string[]) => {
  const cookie = await signIn(app, kind, id, 'right')
  for (const url of addresses) assert.equal((await app.inject({ url, headers: { cookie } })).statusCode, 200)
}
const seen = async () => {
  // The page does not wait for it.
  await pause(300)
  const { rows } = await pool.query(
    'select login_id from seen_verdicts v join accounts a on a.id = v.account_id order by login_id'
  )
  return rows.map(({ login_id }) => login_id)
}

test('an affected account has seen its verdict when it opens its page, once; others are not counted', async () => {
  await open('individual', 'taro', '/mypage')
  await open('business', 'A0099999', '/business', '/business/incidents/outage')
  assert.deepEqual(await seen(), [])
  await open('individual', 'hanako', '/mypage', '/mypage', '/mypage/incidents/outage')
  assert.deepEqual(await seen(), ['hanako'])
  const { rows: first } = await pool.query('select seen_at from seen_verdicts')
  await open('individual', 'hanako', '/mypage')
  assert.deepEqual((await pool.query('select seen_at from seen_verdicts')).rows, first)
  await open('business', 'A0012345', '/business/incidents/outage')
  assert.deepEqual(await seen(), ['A0012345', 'hanako'])
})

test('the desk shows how many of how many accounts have looked', async () => {
  const { body } = await app.inject({
    url: '/desk/live',
    headers: { cookie: operator, 'accept-language': 'en' }
  })
  assert.match(body, /2 of 2 affected accounts have looked \(100 %\)/)
  assert.match(body, /Lost mail<\/strong> <span class="hint">scope version 1/)
})

test('those who looked long ago are counted once, later ones are added to them', async () => {
  const shown = async () => {
    await pause(2_000)
    const { body } = await app.inject({ url: '/desk/live', headers: { cookie: operator } })
    return /のうち (\d+)件が確認/.exec(body)?.[1]
  }
  const [{ scope_id }] = (await pool.query('select scope_id from seen_verdicts limit 1')).rows
  const add = (account: number, secondsAgo: number) =>
    pool.query(`insert into seen_verdicts values ($1, $2, now() - make_interval(secs => $3))`, [
      account,
      scope_id,
      secondsAgo
    ])
  await pool.query('delete from seen_verdicts')
  const counted = Number(await shown())
  await add(1001, 29)
  await add(1002, 5)
  assert.equal(await shown(), String(counted + 2))
  assert.equal(await shown(), String(counted + 2))
  await add(1003, 0)
  assert.equal(await shown(), String(counted + 3))
})

test('a table that cannot be written to costs a member nothing', async () => {
  await pool.query('truncate seen_verdicts')
  await pool.query('alter table seen_verdicts add constraint closed check (account_id < 0) not valid')
  await open('individual', 'hanako', '/mypage')
  assert.deepEqual(await seen(), [])
})
