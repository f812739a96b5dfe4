import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { addCast } from '../helpers/cast.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
await addCast(db)
for (const id of ['hanako', 'taro']) await setPassword(db, id, 'right')
for (const role of ['operator', 'admin'] as const) await addStaff(db, role, role)
await signIn(app, 'individual', 'hanako', 'right')
await signIn(app, 'individual', 'taro', 'right')
await post(app, '/login/individual', { login_id: 'taro', password: 'wrong' })
await mypage(url, 'staff', 'add', 'm.suzuki', '--name', '鈴木', '--role', 'support')
await mypage(url, 'staff', 'role', 'm.suzuki', 'operator')
const cookie = await signInStaff(app, db, 'operator')

const get = (address: string, language = 'en') =>
  app.inject({ url: address, headers: { cookie, 'accept-language': language } })
const filterBy = (form: Record<string, string>) => post(app, '/desk/audit/filter', form, cookie)
const sealedOf = (location: string) => new URL(location, 'http://x').searchParams.get('filter') ?? ''
/** What the rows of the list say was done, from above. */
const doneIn = (body: string) =>
  [...body.matchAll(/<td data-label="(?:What|内容)">([^<]*)<\/td>/g)].map(([, text]) => text)

async function listed(form: Record<string, string>, language = 'en') {
  const { headers, statusCode } = await filterBy(form)
  assert.equal(statusCode, 303)
  return doneIn((await get(String(headers.location), language)).body)
}

test('the newest event stands first, each in a sentence of the reader’s language, with its time in Tokyo', async () => {
  const { body } = await get('/desk/audit')
  assert.deepEqual(doneIn(body), [
    'Logged in as staff',
    'Changed the role of m.suzuki (support → operator)',
    'Added m.suzuki to the staff',
    'A login was refused',
    'Logged in',
    'Logged in'
  ])
  assert.match(body, /Times are in Japan Standard Time/)
  const { rows } = await pool.query(
    `select to_char(at at time zone 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS') as at from audit_events where id = 1`
  )
  assert.ok(body.includes(rows[0]?.at))
  const japanese = doneIn((await get('/desk/audit', 'ja')).body)
  assert.equal(japanese[1], 'スタッフ m.suzuki の権限を変えました（support → operator）')
})

test('an action that has no sentence yet stands as it was recorded', async () => {
  await pool.query(
    `insert into audit_events (actor_kind, actor, action, details) values ('command', 'root', 'moon moved', '{"by":"a <b>"}')`
  )
  const { body } = await get('/desk/audit')
  assert.equal(doneIn(body)[0], 'moon moved')
  assert.match(body, /by: a &lt;b(>|&gt;)/)
})

test('a filter by action, person, account and day finds what fits, and stands in no address', async () => {
  assert.deepEqual(await listed({ action: 'login' }), ['Logged in', 'Logged in'])
  assert.deepEqual(await listed({ actor_kind: 'member' }), ['Logged in', 'Logged in'])
  assert.deepEqual(await listed({ actor: 'hanako' }), ['Logged in'])
  // Whose events somebody reads is an event about that account.
  const searched = 'Looked up a member’s events in the audit'
  assert.deepEqual(await listed({ account: 'ＴＡＲＯ' }), [searched, 'A login was refused', 'Logged in'])
  assert.deepEqual(await listed({ actor: 'nobody-like-this' }), [])
  const { headers } = await filterBy({ account: 'taro' })
  assert.doesNotMatch(String(headers.location), /taro/i)
  const other = await signInStaff(app, db, 'admin')
  const stolen = await app.inject({ url: String(headers.location), headers: { cookie: other } })
  assert.match(stolen.body, /もう読み取れません/)
})

test('a day begins and ends at midnight in Tokyo', async () => {
  const [first, day] = ['2026-04-01T14:59:59.9Z', '2026-04-01T15:00:00Z']
  const [last, next] = ['2026-04-02T14:59:59.9Z', '2026-04-02T15:00:00Z']
  const portal = await openTestPortal()
  await addStaff(portal.db, 'operator', 'operator')
  await portal.pool.query('alter table audit_events disable trigger user')
  for (const [at, time] of [first, day, last, next].entries())
    await portal.pool.query(
      `insert into audit_events (id, at, actor_kind, actor, action, hash) overriding system value
       values ($1, $2, 'command', 'root', $3, '')`,
      [at + 1, time, `event ${at + 1}`]
    )
  await portal.pool.query('alter table audit_events enable trigger user')
  await portal.pool.query('update audit_head set events = 4')
  const staff = await signInStaff(portal.app, portal.db, 'operator')
  const listedOn = async (form: Record<string, string>) => {
    const { headers } = await post(portal.app, '/desk/audit/filter', form, staff)
    const { body } = await portal.app.inject({ url: String(headers.location), headers: { cookie: staff } })
    return doneIn(body).filter(text => text?.startsWith('event'))
  }
  assert.deepEqual(await listedOn({ day_from: '2026-04-02', day_to: '2026-04-02' }), ['event 3', 'event 2'])
  assert.deepEqual(await listedOn({ day_to: '2026-04-01' }), ['event 1'])
  assert.deepEqual(await listedOn({ day_from: '2026-04-03' }), ['event 4'])
  assert.deepEqual(await listedOn({ day_to: '2026-03-31' }), [])
})

test('what is no day is told, and stays in the form; of an ID that nobody has there is nothing', async () => {
  const { statusCode, body } = await filterBy({ day_from: '2026-02-31', account: 'nobody1' })
  assert.equal(statusCode, 400)
  assert.match(body, /開始日を、年月日で入力してください/)
  assert.match(body, /value="nobody1"/)
  assert.equal((await filterBy({ actor_kind: 'king' })).statusCode, 400)
})

test('pages lead on to older events and back', async () => {
  await pool.query(
    `insert into audit_events (actor_kind, actor, action) select 'command', 'root', 'paged ' || lpad(n::text, 3, '0')
     from generate_series(1, 120) n`
  )
  const numbers = (body: string) => doneIn(body).map(text => Number(text?.slice(-3)))
  const next = (body: string, rel: string) =>
    (new RegExp(`rel="${rel}" href="([^"]+)"`).exec(body)?.[1] ?? '').replaceAll('&amp;', '&')
  const { headers } = await filterBy({ actor: 'root', actor_kind: 'command' })
  const first = (await get(String(headers.location))).body
  assert.deepEqual([numbers(first)[0], numbers(first).at(-1)], [120, 71])
  assert.equal(next(first, 'prev'), '')
  const second = (await get(next(first, 'next'))).body
  assert.deepEqual([numbers(second)[0], numbers(second).at(-1)], [70, 21])
  const back = (await get(next(second, 'prev'))).body
  assert.deepEqual(numbers(back), numbers(first))
})

test('the CSV has all events of the filter, and is itself in the audit before it starts', async () => {
  const { headers } = await filterBy({ account: 'taro' })
  const filter = sealedOf(String(headers.location))
  const { body, headers: sent } = await post(app, '/desk/audit/events.csv', { filter }, cookie)
  assert.equal(sent['content-type'], 'text/csv; charset=utf-8')
  const rows: string[][] = parse(body, { bom: true })
  // The download is about that account too.
  assert.deepEqual(
    rows.slice(1).map(row => [row[3], row[4], row[6]]),
    [
      ['operator', 'audit exported', 'taro'],
      ...Array(3).fill(['operator', 'audit searched', 'taro']),
      ['', 'login refused', 'taro'],
      ['taro', 'login', 'taro']
    ]
  )
  assert.match(rows[1]?.[9] ?? '', /^[0-9a-f]{64}$/)
})

test('the chain is reckoned on request, and a change shows', async () => {
  const { body } = await post(app, '/desk/audit/verify', {}, cookie)
  const { rows } = await pool.query(`select events, encode(hash, 'hex') as hash from audit_head`)
  assert.match(body, new RegExp(`記録に改変はありません（${rows[0].events}件）`))
  assert.ok(body.includes(rows[0].hash))
  await pool.query('alter table audit_events disable trigger append_only')
  await pool.query(`update audit_events set actor = 'x' where id = 2`)
  assert.match((await post(app, '/desk/audit/verify', {}, cookie)).body, /2番の記録が書きかえられています/)
})
