import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Role } from '../../src/database/tables.ts'
import { openOutage } from '../helpers/outage.ts'
import { post, signIn } from '../helpers/portal.ts'
import { addStaff, codeNow, letConfirmationsAge, signInStaff } from '../helpers/staff.ts'
import { assertSealed, openAccount } from '../helpers/support.ts'

const { app, db } = await openOutage()
const { id: hanakos } = await db
  .selectFrom('accounts')
  .select('id')
  .where('login_id', '=', 'hanako')
  .executeTakeFirstOrThrow()
const staff = {
  agent: 'support',
  colleague: 'support',
  operator: 'operator',
  boss: 'admin'
} satisfies Record<string, Role>
for (const [id, role] of Object.entries(staff)) await addStaff(db, id, role)
const agent = await signInStaff(app, db, 'agent')
const operator = await signInStaff(app, db, 'operator')

const get = (url: string, cookie: string) => app.inject({ url, headers: { cookie } })
const ask = (why: string) => post(app, `/support/accounts/${hanakos}/break-glass`, { why }, agent)
const decide = (form: Record<string, string>, cookie: string) => post(app, '/support/approvals', form, cookie)
const page = () => get(`/support/accounts/${hanakos}`, agent)
const eventsOf = async () =>
  (
    await db
      .selectFrom('audit_events')
      .select(['action', 'actor'])
      .where('action', 'like', 'break-glass %')
      .orderBy('id')
      .execute()
  ).map(({ action, actor }) => `${actor}: ${action}`)

/** A look-up with a request that waits. @returns its id */
async function request(): Promise<string> {
  await openAccount(app, agent, hanakos)
  assert.equal((await ask('The police asks, paper 12/345')).statusCode, 303)
  const { body } = await get('/support/approvals', operator)
  const [, id = ''] = /name="approve" value="(\d+)"/.exec(body) ?? []
  assert.notEqual(id, '')
  return id
}

test('an agent asks with a reason; the rows stay sealed meanwhile', async () => {
  await openAccount(app, agent, hanakos)
  assert.equal((await ask('short')).statusCode, 400)
  const id = await request()
  const { body } = await page()
  assert.match(body, /承認を求めています/)
  assertSealed(body)
  await ask('once more, which changes nothing')
  assert.equal((await db.selectFrom('break_glass_requests').selectAll().execute()).length, 1)
  assert.equal((await decide({ approve: id }, agent)).statusCode, 404, 'not the own one')
  const seen = await get('/support/approvals', operator)
  assert.match(seen.body, /paper 12\/345/)
  assert.match(seen.body, /ha\*\*\*\*/)
  assert.doesNotMatch(seen.body, /hanako|花子/)
})

test('an operator approves with a fresh second factor, and the agent sees the rows', async () => {
  const [, id = ''] =
    /name="approve" value="(\d+)"/.exec((await get('/support/approvals', operator)).body) ?? []
  await letConfirmationsAge(db)
  const stale = await decide({ approve: id }, operator)
  assert.equal(stale.statusCode, 400)
  assert.match(stale.body, /id="code"/)
  assertSealed((await page()).body)
  const approved = await decide({ approve: id, code: await codeNow(db, 'operator') }, operator)
  assert.equal(approved.statusCode, 303)
  const { body } = await page()
  assert.match(body, /s1@shop\.example/)
  assert.match(body, /別のスタッフの承認により表示しています/)
  assert.equal((await decide({ refuse: id }, operator)).statusCode, 404, 'decided once')
  assert.deepEqual(await eventsOf(), ['agent: break-glass requested', 'operator: break-glass approved'])
  const hanako = await signIn(app, 'individual', 'hanako', 'right')
  assert.match((await get('/mypage/support', hanako)).body, /別のスタッフの承認により表示/)
})

test('what is refused stays sealed', async () => {
  const id = await request()
  const colleague = await signInStaff(app, db, 'colleague')
  assert.equal((await decide({ refuse: id }, colleague)).statusCode, 303)
  const { body } = await page()
  assert.match(body, /承認されませんでした/)
  assertSealed(body)
  assert.equal((await eventsOf()).at(-1), 'colleague: break-glass refused')
  assert.match((await get('/support/approvals', colleague)).body, /却下（colleague of the staff）/)
})

test('a request of a look-up that is old opens nothing', async () => {
  const id = await request()
  await db
    .updateTable('look_ups')
    .set({ at: new Date(Date.now() - 31 * 60_000) })
    .execute()
  const boss = await signInStaff(app, db, 'boss')
  assert.equal((await decide({ approve: id }, boss)).statusCode, 404)
  assert.doesNotMatch((await get('/support/approvals', boss)).body, /name="approve"/)
})

test('of two who decide at once one does', async () => {
  const id = await request()
  const [one, other] = [await signInStaff(app, db, 'colleague'), await signInStaff(app, db, 'boss')]
  const answers = await Promise.all([decide({ approve: id }, one), decide({ refuse: id }, other)])
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [303, 404])
})

test('neither nothing nor a made-up request is decided', async () => {
  assert.equal((await decide({}, operator)).statusCode, 400)
  const boss = await signInStaff(app, db, 'boss')
  assert.equal((await decide({ approve: '999999' }, boss)).statusCode, 404)
})
