import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOutage } from '../helpers/outage.ts'
import { post, signIn } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'
import { assertSealed, codeIn, openAccount } from '../helpers/support.ts'

const { app, db } = await openOutage()
const idOf = async (login: string) =>
  (await db.selectFrom('accounts').select('id').where('login_id', '=', login).executeTakeFirstOrThrow()).id
const [hanakos, taros, companys] = [await idOf('hanako'), await idOf('taro'), await idOf('A0012345')]
for (const id of ['agent', 'colleague']) await addStaff(db, id, 'support')
const agent = await signInStaff(app, db, 'agent')
const colleague = await signInStaff(app, db, 'colleague')
const hanako = await signIn(app, 'individual', 'hanako', 'right')

const get = (url: string, cookie: string) => app.inject({ url, headers: { cookie } })
const showCode = async (cookie = hanako, home = '/mypage') =>
  codeIn((await post(app, `${home}/support/code`, {}, cookie)).body)
const use = (consent: string, cookie = agent, id = hanakos) =>
  post(app, `/support/accounts/${id}/consent`, { consent }, cookie)
const otherThan = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
const rowsBy = async (id: string) =>
  (
    await db.selectFrom('look_ups').select('rows_by').where('account_id', '=', id).orderBy('id').execute()
  ).map(look => look.rows_by)
const countOf = async (action: string) =>
  (await db.selectFrom('audit_events').select('id').where('action', '=', action).execute()).length

test('a code opens senders and times to the agent who types it, and the member reads so', async () => {
  assertSealed((await openAccount(app, agent, hanakos)).body)
  const code = await showCode()
  const wrong = await use(otherThan(code))
  assert.equal(wrong.statusCode, 400)
  assert.match(wrong.body, /この同意番号は使えません/)
  assertSealed(wrong.body)
  const right = await use(`${code.slice(0, 3)} ${code.slice(3)}`)
  assert.equal(right.statusCode, 303)
  const { body } = await get(`/support/accounts/${hanakos}`, agent)
  assert.match(body, /s1@shop\.example/)
  assert.match(body, /20:07:00/)
  assert.match(body, /会員の方の同意により表示しています/)
  assert.deepEqual(await rowsBy(hanakos), ['consent'])
  assert.equal(await countOf('lost messages seen'), 1)
  assert.equal(await countOf('consent code refused'), 1)
  assert.equal(await countOf('consent code taken'), 1)
  assert.match((await get('/mypage/support', hanako)).body, /会員の同意により表示/)
})

test('a code is good once, and opens nothing to another agent', async () => {
  await openAccount(app, colleague, hanakos)
  const code = await showCode()
  assert.equal((await use(code, colleague)).statusCode, 303)
  await openAccount(app, agent, hanakos)
  assert.equal((await use(code)).statusCode, 400)
  assertSealed((await get(`/support/accounts/${hanakos}`, agent)).body)
})

test('of two agents at once with the same code one gets it', async () => {
  for (let round = 0; round < 5; round++) {
    await openAccount(app, agent, hanakos)
    await openAccount(app, colleague, hanakos)
    const code = await showCode()
    const answers = await Promise.all([use(code), use(code, colleague)])
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [303, 400])
  }
})

test('a new code makes the one before it void', async () => {
  await openAccount(app, agent, hanakos)
  const [first, second] = [await showCode(), await showCode()]
  if (first !== second) assert.equal((await use(first)).statusCode, 400)
  assert.equal((await use(second)).statusCode, 303)
})

test('after 5 wrong tries, also at once, and after 10 minutes the right code is refused', async () => {
  await openAccount(app, agent, hanakos)
  const code = await showCode()
  await Promise.all(Array.from({ length: 5 }, () => use(otherThan(code))))
  assert.equal((await use(code)).statusCode, 400)

  const late = await showCode()
  await db
    .updateTable('consents')
    .set({ expires_at: new Date(Date.now() - 1_000) })
    .where('used_at', 'is', null)
    .execute()
  assert.equal((await use(late)).statusCode, 400)

  const fresh = await showCode()
  const { expires_at } = await db
    .selectFrom('consents')
    .select('expires_at')
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  assert.ok(Math.abs(expires_at.getTime() - Date.now() - 10 * 60_000) < 10_000)
  for (let at = 0; at < 4; at++) await use(otherThan(fresh))
  assert.equal((await use(fresh)).statusCode, 303)
})

test('a code of one member opens no other member, and none without a look-up', async () => {
  const code = await showCode()
  await openAccount(app, agent, taros)
  assert.equal((await use(code, agent, taros)).statusCode, 400)
  await db.deleteFrom('look_ups').where('account_id', '=', companys).execute()
  const company = await signIn(app, 'business', 'A0012345', 'right')
  const theirs = await showCode(company, '/business')
  assert.equal((await use(theirs, agent, companys)).statusCode, 400)
  await openAccount(app, agent, companys)
  assert.equal((await use(theirs, agent, companys)).statusCode, 303)
  assert.match((await get(`/support/accounts/${companys}`, agent)).body, /info@aoba-net\.example/)
})

test('what was opened is closed when the look-up is old', async () => {
  await openAccount(app, agent, hanakos)
  await use(await showCode())
  assert.match((await get(`/support/accounts/${hanakos}`, agent)).body, /shop\.example/)
  await db
    .updateTable('look_ups')
    .set({ at: new Date(Date.now() - 31 * 60_000) })
    .execute()
  assertSealed((await get(`/support/accounts/${hanakos}`, agent)).body)
  assertSealed((await openAccount(app, agent, hanakos)).body)
})

test('of many lost messages 200 are shown, with how many more there are', async () => {
  const { scope_id, email } = await db
    .selectFrom('lost_messages')
    .select(['scope_id', 'email'])
    .where('account_id', '=', hanakos)
    .limit(1)
    .executeTakeFirstOrThrow()
  const row = { account_id: hanakos, scope_id, email, received_at: new Date('2017-04-13T12:30:00Z') }
  await db
    .insertInto('lost_messages')
    .values(Array.from({ length: 171 }, () => row))
    .execute()
  await openAccount(app, agent, hanakos)
  await use(await showCode())
  const { body } = await get(`/support/accounts/${hanakos}`, agent)
  const rows = body.slice(body.indexOf('id="rows"'), body.indexOf('id="login"'))
  assert.equal(rows.match(/<tr>/g)?.length, 201)
  assert.match(rows, /ほかに11通あります/)
})

test('the code is stored as a keyed hash, and is nowhere in the audit', async () => {
  const code = await showCode()
  const kept = await db.selectFrom('consents').select('code_hash').where('used_at', 'is', null).execute()
  assert.equal(kept.at(-1)?.code_hash.length, 32)
  const events = await db.selectFrom('audit_events').selectAll().execute()
  assert.doesNotMatch(JSON.stringify(events.map(({ details }) => details)), new RegExp(code))
})
