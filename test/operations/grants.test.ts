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
const desk = `${role}_desk`
await owner.pool.query(`${grantsIn(operating)}${deskGrantsIn(operating)}`.replaceAll('portal_web', desk))
const { portal, app, close } = await openAs(role)
const operators = await openAs(desk)
end = async () => {
  for (const opened of [app, operators.app]) await opened.close()
  await close()
  await operators.close()
  for (const name of [role, desk]) await owner.pool.query(`drop owned by ${name}; drop role ${name}`)
}

async function openAs(name: string) {
  const url = owner.url.replace(/\/\/[^@]+@/, `//${name}:x@`)
  const settings = { DATABASE_URL: url, PORTAL_SECRET: secret, LOG_LEVEL: 'silent', FOUR_EYES: 'off' }
  const { portal, close } = openPortal(readConfig(settings), url)
  return { portal, app: await buildApp(portal), close }
}

/** The statements that the page for operators shows, with a password. */
function grantsIn(page: string): string {
  const block = /```sql\n(create role portal_web [^]*?)```/.exec(page)?.[1]
  return block?.replace("'…'", "'x'") ?? assert.fail('there are no grants in docs/operating.md')
}

/** What the desk needs beside. */
function deskGrantsIn(page: string): string {
  const block = /```sql\n(grant insert on audit_events to portal_web;[^]*?)```/.exec(page)?.[1]
  return block ?? assert.fail('there are no grants of the desk in docs/operating.md')
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

test('with those of the desk a report is written, published and corrected, and no published text is touched', async () => {
  const cookie = await signInStaff(operators.app, owner.db, 'boss')
  const reports = '/desk/incidents/outage/reports'
  const text = { title_ja: '件名', body_ja: '文', title_en: 'Title', body_en: 'Text' }
  const { headers } = await post(operators.app, `${reports}/new`, text, cookie)
  const page = String(headers.location)
  const publish = async () => {
    const { body } = await operators.app.inject({ url: `${page}/publish`, headers: { cookie } })
    const seen = /name="seen" value="([^"]+)"/.exec(body)?.[1] ?? ''
    return (await post(operators.app, `${page}/publish`, { seen, when: 'now' }, cookie)).statusCode
  }
  assert.equal(await publish(), 303)
  const corrected = { ...text, body_ja: '正しい文', reason_ja: '誤記', reason_en: 'A mistake', version: '1' }
  assert.equal((await post(operators.app, page, corrected, cookie)).statusCode, 303)
  assert.equal(await publish(), 303)
  const { count } = await owner.db
    .selectFrom('report_revisions')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('title_en', '=', 'Title')
    .executeTakeFirstOrThrow()
  assert.equal(count, '2')
  const changing = operators.portal.pool.query(`update report_revisions set body_ja = 'x'`)
  await assert.rejects(changing, /never changed or removed/)
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
