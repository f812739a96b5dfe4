import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openPortal } from '../../src/web/portal.ts'
import { openOutage } from '../helpers/outage.ts'
import { post, secret, signIn } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const operating = readFileSync(path.join(import.meta.dirname, '../../docs/operating.md'), 'utf8')
const role = `portal_web_${randomBytes(4).toString('hex')}`

// Before the database is dropped, which has its own way to end.
let end = async () => {}
after(() => end())

const owner = await openOutage()
for (const id of ['agent', 'boss']) await addStaff(owner.db, id, id === 'boss' ? 'admin' : 'support')
await owner.pool.query(grantsIn(operating).replaceAll('portal_web', role))
const url = owner.url.replace(/\/\/[^@]+@/, `//${role}:x@`)
const config = readConfig({ DATABASE_URL: url, PORTAL_SECRET: secret, LOG_LEVEL: 'silent' })
const { portal, close } = openPortal(config, url)
const app = await buildApp(portal)
end = async () => {
  await app.close()
  await close()
  await owner.pool.query(`drop owned by ${role}; drop role ${role}`)
}

/** The statements that the page for operators shows, with a password. */
function grantsIn(page: string): string {
  const block = /```sql\n(create role portal_web [^]*?)```/.exec(page)?.[1]
  return block?.replace("'…'", "'x'") ?? assert.fail('there are no grants in docs/operating.md')
}

const statusOf = async (address: string, cookie: string) =>
  (await app.inject({ url: address, headers: { cookie } })).statusCode

test('with the grants that are written down the portal starts, and members log in, look and mark', async () => {
  await migrate(portal.db)
  const cookie = await signIn(app, 'individual', 'hanako', 'right')
  assert.equal(await statusOf('/mypage', cookie), 200)
  const { body } = await app.inject({ url: '/mypage/incidents/outage', headers: { cookie } })
  const form = {
    address: /address=(\d+)/.exec(body)?.[1] ?? '',
    done: /name="done" value="(\d+)"/.exec(body)?.[1] ?? ''
  }
  const marked = await post(app, '/mypage/incidents/outage/handled', form, cookie)
  assert.equal(marked.statusCode, 303, body)
  const business = await signIn(app, 'business', 'A0012345', 'right')
  assert.equal(await statusOf('/business/incidents/outage', business), 200)
  assert.equal((await post(app, '/login/individual', { login_id: 'hanako', password: 'x' })).statusCode, 400)
  let seen = 0
  while (seen < 2) seen = (await owner.db.selectFrom('seen_verdicts').selectAll().execute()).length
  assert.equal((await post(app, '/logout/everywhere', {}, cookie)).statusCode, 303)
})

test('staff log in, administer, watch, and read and download the audit', async () => {
  const boss = await signInStaff(app, owner.db, 'boss')
  for (const address of ['/desk/live', '/desk/audit', '/desk/staff'])
    assert.equal(await statusOf(address, boss), 200, address)
  const added = await post(app, '/desk/staff', { login_id: 'n', name: 'N', role: 'support' }, boss)
  assert.equal(added.statusCode, 200)
  const { id } = await owner.db
    .selectFrom('staff')
    .select('id')
    .where('login_id', '=', 'n')
    .executeTakeFirstOrThrow()
  for (const [what, form] of [
    ['role', { role: 'operator' }],
    ['disable', {}],
    ['enable', {}]
  ] as const)
    assert.equal((await post(app, `/desk/staff/${id}/${what}`, form, boss)).statusCode, 303, what)
  assert.equal((await post(app, `/desk/staff/${id}/enrolment`, {}, boss)).statusCode, 200)
  assert.equal((await post(app, '/desk/audit/verify', {}, boss)).statusCode, 200)
  assert.equal((await post(app, '/desk/audit/events.csv', {}, boss)).statusCode, 200)
  assert.equal((await post(app, '/logout/staff', {}, boss)).statusCode, 303)
})

test('the same role cannot change a verdict, a role of the database or the audit', async () => {
  for (const statement of [
    'update affected_addresses set lost_count = 0',
    'delete from lost_messages',
    `update scopes set state = 'withdrawn'`,
    `update accounts set login_id = 'x'`,
    'update audit_events set actor = $$x$$',
    'update audit_head set events = 0',
    'delete from staff',
    'delete from activity'
  ])
    await assert.rejects(portal.pool.query(statement), /permission denied/, statement)
})
