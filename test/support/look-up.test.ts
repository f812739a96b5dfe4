import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addPerson, hanako, taro } from '../helpers/cast.ts'
import { openOutage } from '../helpers/outage.ts'
import { post, signIn } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'
import { assertSealed, openAccount } from '../helpers/support.ts'

const { app, db, pool } = await openOutage()
const idOf = async (login: string) =>
  (await db.selectFrom('accounts').select('id').where('login_id', '=', login).executeTakeFirstOrThrow()).id
const [hanakos, taros, companys] = [await idOf('hanako'), await idOf('taro'), await idOf('A0012345')]
const agentId = await addStaff(db, 'agent', 'support')
await addStaff(db, 'colleague', 'support')
const agent = await signInStaff(app, db, 'agent')

const get = (url: string, cookie = agent) => app.inject({ url, headers: { cookie } })
const eventsOf = async (account: string) =>
  (
    await db
      .selectFrom('audit_events')
      .select(['action', 'actor', 'details'])
      .where('account_id', '=', account)
      .where('actor_kind', '=', 'staff')
      .orderBy('id')
      .execute()
  ).map(({ action, actor }) => `${actor}: ${action}`)

test('before a reason is given only who it may be is shown, masked', async () => {
  const { statusCode, body } = await get(`/support/accounts/${hanakos}`)
  assert.equal(statusCode, 200)
  assert.match(body, /ha\*\*\*\*/)
  assert.doesNotMatch(body, /花子|hanako/)
  assertSealed(body)
  assert.equal((await get('/support/accounts/999999')).statusCode, 404)
  assert.deepEqual(await eventsOf(hanakos), ['agent: masked member seen'])
})

test('a reason and a ticket are needed; what was entered stays', async () => {
  const url = `/support/accounts/${taros}`
  const none = await post(app, url, { reason: '', ticket: 'T-1' }, agent)
  assert.equal(none.statusCode, 400)
  assert.match(none.body, /value="T-1"/)
  assert.equal((await post(app, url, { reason: 'call', ticket: '' }, agent)).statusCode, 400)
  assert.equal((await post(app, url, { reason: 'curiosity', ticket: 'T-1' }, agent)).statusCode, 400)
  assert.equal((await post(app, url, { reason: 'call', ticket: 'a name' }, agent)).statusCode, 400)
  const unknown = await post(app, '/support/accounts/999999', { reason: 'call', ticket: 'T-1' }, agent)
  assert.equal(unknown.statusCode, 404)
})

test('then the account is open: verdicts and counts, neither senders nor times', async () => {
  const { statusCode, body } = await openAccount(app, agent, hanakos)
  assert.equal(statusCode, 200)
  assert.match(body, /青葉 花子/)
  assert.match(body, /hanako@aoba\.example/)
  assert.match(body, /影響あり/)
  assert.match(body, />40</)
  assert.match(body, /お知らせメールは送られていません/)
  assertSealed(body)
  assert.deepEqual((await eventsOf(hanakos)).slice(1), ['agent: account looked up', 'agent: account seen'])
  await get(`/support/accounts/${hanakos}`)
  assert.equal((await eventsOf(hanakos)).at(-1), 'agent: account seen')
})

test('of a business there are totals and the affected addresses', async () => {
  const { body } = await openAccount(app, agent, companys)
  assert.match(body, /info@aoba-net\.example/)
  assert.doesNotMatch(body, /sales@aoba-net\.example/)
  assertSealed(body)
})

test('it is open to this agent alone, for 30 minutes', async () => {
  const colleague = await signInStaff(app, db, 'colleague')
  assert.doesNotMatch((await get(`/support/accounts/${hanakos}`, colleague)).body, /花子/)
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
  const age = (minutes: number) =>
    db
      .updateTable('look_ups')
      .set({ at: ago(minutes) })
      .where('account_id', '=', hanakos)
      .execute()
  await age(29)
  assert.match((await get(`/support/accounts/${hanakos}`)).body, /花子/)
  await age(31)
  assert.doesNotMatch((await get(`/support/accounts/${hanakos}`)).body, /花子/)
  const late = await post(app, `/support/accounts/${hanakos}/notes`, { note: 'too late' }, agent)
  assert.equal(late.statusCode, 400)
  assert.match(late.body, /30分が過ぎていたため、保存されていません/)
  assert.match(late.body, /<textarea[^>]*readonly[^>]*>too late</)
  assert.doesNotMatch(late.body, /花子/)
  assert.equal((await db.selectFrom('support_notes').selectAll().execute()).length, 0)
})

test('where the audit cannot be written nothing of the member is shown', async () => {
  await openAccount(app, agent, taros)
  await pool.query(`create function refuse() returns trigger language plpgsql as
    $$ begin if new.action = 'account seen' then raise exception 'no'; end if; return new; end $$`)
  await pool.query(
    'create trigger refuse before insert on audit_events for each row execute function refuse()'
  )
  const { statusCode, body } = await get(`/support/accounts/${taros}`)
  assert.equal(statusCode, 500)
  assert.doesNotMatch(body, /太郎|taro/)
  await pool.query('drop trigger refuse on audit_events')
  assert.equal((await get(`/support/accounts/${taros}`)).statusCode, 200)
})

test('a look-up whose audit cannot be written does not exist', async () => {
  const before = await db.selectFrom('look_ups').selectAll().execute()
  await pool.query(
    'create trigger refuse before insert on audit_events for each row execute function refuse()'
  )
  await pool.query(`create or replace function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'no'; end $$`)
  const opened = await post(app, `/support/accounts/${companys}`, { reason: 'mail', ticket: 'T-9' }, agent)
  assert.equal(opened.statusCode, 500)
  await pool.query('drop trigger refuse on audit_events')
  assert.equal((await db.selectFrom('look_ups').selectAll().execute()).length, before.length)
})

test('notes are for the next agent; the audit has no word of them', async () => {
  await openAccount(app, agent, hanakos)
  const url = `/support/accounts/${hanakos}`
  const empty = await post(app, `${url}/notes`, { note: ' ' }, agent)
  assert.equal(empty.statusCode, 400)
  const added = await post(app, `${url}/notes`, { note: 'Calls again on Monday <b>' }, agent)
  assert.equal(added.statusCode, 303)
  assert.match((await get(url)).body, /Calls again on Monday &lt;b&gt;/)
  const { rows } = await pool.query(
    `select a::text as text from audit_events a where action = 'support note added'`
  )
  assert.equal(rows.length, 1)
  assert.doesNotMatch(rows[0].text, /Monday/)
})

test('an agent sees that logins are held back, and lifts it', async () => {
  const url = `/support/accounts/${hanakos}`
  for (let at = 0; at < 5; at++)
    await post(app, '/login/individual', { login_id: 'hanako', password: 'wrong' })
  const held = await get(url)
  assert.match(held.body, /続けて5回失敗したため/)
  assert.match(held.body, /ログインできなかった/)
  const right = await post(app, '/login/individual', { login_id: 'hanako', password: 'right' })
  assert.equal(right.statusCode, 400)
  assert.equal((await post(app, `${url}/throttle`, {}, agent)).statusCode, 303)
  assert.match((await get(url)).body, /ログインの制限はありません/)
  await signIn(app, 'individual', 'hanako', 'right')
  assert.equal((await eventsOf(hanakos)).filter(event => event === 'agent: throttle lifted').length, 1)
})

test('a member sees who looked, when and why, and can say that they did not ask', async () => {
  const cookie = await signIn(app, 'individual', 'hanako', 'right')
  const mine = await get('/mypage/support', cookie)
  assert.match(mine.body, /サポート担当者/)
  assert.match(mine.body, /お電話でのお問い合わせ/)
  assert.doesNotMatch(mine.body, /agent/)
  const [, id = ''] = /look-ups\/(\d+)\/disputed/.exec(mine.body) ?? []
  const other = await signIn(app, 'individual', 'taro', 'right')
  assert.equal((await post(app, `/mypage/support/look-ups/${id}/disputed`, {}, other)).statusCode, 404)
  for (let twice = 0; twice < 2; twice++)
    assert.equal((await post(app, `/mypage/support/look-ups/${id}/disputed`, {}, cookie)).statusCode, 303)
  assert.match((await get('/mypage/support', cookie)).body, /お知らせを受け付けました/)
  assert.match((await get(`/support/accounts/${hanakos}`)).body, /会員が「依頼していない」と申告/)
  const disputes = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('action', '=', 'look-up disputed')
    .execute()
  assert.equal(disputes.length, 1)
  await addStaff(db, 'boss', 'admin')
  const boss = await signInStaff(app, db, 'boss')
  assert.match((await get('/support/approvals', boss)).body, /T-100/)
  assert.doesNotMatch((await get('/support/approvals')).body, /T-100/)
})

test('an agent who opens one account after the other is stopped, and an alarm is raised once', async () => {
  const people = []
  for (let number = 0; number < 36; number++) {
    const login_id = `person${number}`
    people.push(
      await addPerson(db, {
        ...taro,
        ...{ login_id, addresses: [`${login_id}@${hanako.addresses[0]?.split('@')[1]}`] }
      })
    )
  }
  await db.deleteFrom('staff_uses').execute()
  const statuses = []
  for (const id of people)
    statuses.push(
      (await post(app, `/support/accounts/${id}`, { reason: 'call', ticket: 'T-1' }, agent)).statusCode
    )
  assert.deepEqual(statuses, [...Array(30).fill(303), ...Array(6).fill(429)])
  const searches = []
  for (let at = 0; at < 62; at++)
    searches.push((await post(app, '/support', { member: 'taro' }, agent)).statusCode)
  assert.deepEqual(searches, [...Array(60).fill(200), 429, 429])
  const alarms = await db
    .selectFrom('audit_events')
    .select(['details', 'actor'])
    .where('action', '=', 'look-up burst')
    .orderBy('id')
    .execute()
  assert.deepEqual(alarms, [
    { actor: 'agent', details: { what: 'look-up', count: 31, in_minutes: 10 } },
    { actor: 'agent', details: { what: 'search', count: 61, in_minutes: 10 } }
  ])
  await db
    .updateTable('staff_uses')
    .set({ since: new Date(Date.now() - 11 * 60_000) })
    .where('staff_id', '=', agentId)
    .execute()
  assert.equal((await post(app, '/support', { member: 'taro' }, agent)).statusCode, 200)
})

test('a member’s downloads are in the audit', async () => {
  const cookie = await signIn(app, 'business', 'A0012345', 'right')
  await get('/business/incidents/outage/addresses.csv', cookie)
  const own = await signIn(app, 'individual', 'hanako', 'right')
  const { id } = await db
    .selectFrom('addresses')
    .select('id')
    .where('account_id', '=', hanakos)
    .executeTakeFirstOrThrow()
  await get(`/mypage/incidents/outage/lost-mail.csv?address=${id}`, own)
  const exports = await db
    .selectFrom('audit_events')
    .select(['actor', 'details'])
    .where('action', '=', 'export')
    .orderBy('id')
    .execute()
  assert.deepEqual(exports, [
    { actor: 'A0012345', details: { what: 'addresses' } },
    { actor: 'hanako', details: { what: 'lost mail', incident: 'outage' } }
  ])
})
