import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepActivity } from '../../src/operations/activity.ts'
import { openOutage } from '../helpers/outage.ts'
import { post, signIn } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const { app, db, pool } = await openOutage()
await addStaff(db, 'operator', 'operator')
const operator = await signInStaff(app, db, 'operator')

/** What the live page says of each chart: total and last minute, by the caption in English. */
async function figures() {
  await keepActivity(db)
  // Whoever looks within 2 s sees the same.
  await new Promise(resolve => setTimeout(resolve, 2_000))
  const headers = { cookie: operator, 'accept-language': 'en' }
  const { body } = await app.inject({ url: '/desk/live', headers })
  const found = body.matchAll(/<strong>([^<]+)<\/strong> <span>(\d+) in 60 minutes/g)
  return { body, totals: Object.fromEntries([...found].map(([, what, total]) => [what, Number(total)])) }
}

test('logins, refusals and errors of the last 60 minutes are counted, older ones are not', async () => {
  const before = (await figures()).totals
  await signIn(app, 'individual', 'hanako', 'right')
  await signIn(app, 'individual', 'taro', 'right')
  await post(app, '/login/individual', { login_id: 'taro', password: 'wrong' })
  const old = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 60 * 60_000)
  await db.insertInto('activity').values({ minute: old, what: 'error', count: 99 }).execute()
  const { totals } = await figures()
  assert.equal((totals.Logins ?? 0) - (before.Logins ?? 0), 2)
  assert.equal((totals['Refused logins'] ?? 0) - (before['Refused logins'] ?? 0), 1)
  assert.equal(totals.Errors, 0)
})

test('an answer with 500 counts as an error', async () => {
  await pool.query('alter table reports rename to reports_away')
  assert.equal((await app.inject('/')).statusCode, 500)
  await pool.query('alter table reports_away rename to reports')
  assert.equal((await figures()).totals.Errors, 1)
})

test('each chart is followed by the same figures as a table, minutes of 0 left out', async () => {
  const ago = (minutes: number) => new Date(Math.floor(Date.now() / 60_000) * 60_000 - minutes * 60_000)
  await db
    .insertInto('activity')
    .values([
      { minute: ago(10), what: 'turned away', count: 1_234 },
      { minute: ago(5), what: 'turned away', count: 7 }
    ])
    .execute()
  const { body } = await figures()
  const chart = /<figure class="chart turned_away">[^]*?<\/figure>/.exec(body)?.[0] ?? ''
  assert.equal(chart.match(/<rect /g)?.length, 2)
  const cells = [...chart.matchAll(/<td class="number">([^<]+)<\/td>/g)].map(([, count]) => count)
  assert.deepEqual(cells, ['1,234', '7'])
  assert.match(chart, /at most 1,234 a minute/)
  assert.match(body, /Japan Standard Time/)
})

test('the queue of the logins is that of all processes that still tell theirs', async () => {
  const tell = (process: string, at: Date, waiting: number) =>
    db.insertInto('login_queues').values({ process, at, waiting, running: 2 }).execute()
  await tell('another', new Date(), 40)
  await tell('gone', new Date(Date.now() - 60_000), 500)
  const { body } = await figures()
  assert.match(body, /<dt>Waiting<\/dt><dd>40<\/dd>/)
  assert.match(body, /0 waiting, 0 being checked. Other processes with a queue: 1/)
})
