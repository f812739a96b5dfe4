import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { addCast } from '../helpers/cast.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, url, pool } = await openTestPortal()
await addCast(db)
await setPassword(db, 'hanako', 'right')

/** As the owner of the tables could on purpose. */
async function tamper(statement: string) {
  await pool.query(`alter table audit_events disable trigger append_only`)
  await pool.query(statement)
  await pool.query(`alter table audit_events enable trigger append_only`)
}

test('logins and refusals are in the audit, without what was typed', async () => {
  await signIn(app, 'individual', 'hanako', 'right')
  await post(app, '/login/individual', { login_id: 'hanako', password: 'secret typed wrong' })
  await post(app, '/login/individual', { login_id: 'my-password-in-the-wrong-field', password: 'x' })
  const { rows } = await pool.query(
    'select actor_kind, actor, action, account_id is null as unknown from audit_events order by id'
  )
  assert.deepEqual(rows, [
    { actor_kind: 'member', actor: 'hanako', action: 'login', unknown: false },
    { actor_kind: 'nobody', actor: '', action: 'login refused', unknown: false },
    { actor_kind: 'nobody', actor: '', action: 'login refused', unknown: true }
  ])
  const { rows: all } = await pool.query('select audit_events::text as text from audit_events')
  for (const { text } of all) assert.doesNotMatch(text, /secret typed|wrong-field/)
})

test('the chain can be reckoned by anybody: SHA-256 of the hash before and the event as JSON', async () => {
  const { rows } = await pool.query('select hash, audit_text(e) as text from audit_events e order by id')
  let before = Buffer.alloc(0)
  for (const { hash, text } of rows) {
    before = createHash('sha256').update(before).update(text).digest()
    assert.deepEqual(hash, before)
  }
  const { code, stdout } = await mypage(url, 'audit', 'verify')
  assert.equal(code, 0)
  assert.match(stdout, /whole: 3 events/)
  assert.ok(stdout.includes(before.toString('hex')))
  assert.equal((await mypage(url, 'audit', 'verify', '--expect', before.toString('hex'))).code, 0)
  const other = await mypage(url, 'audit', 'verify', '--expect', 'ab'.repeat(32))
  assert.equal(other.code, 1)
  assert.match(other.stderr, /written anew/)
})

test('nobody changes or removes an event, and a web process could not either', async () => {
  for (const statement of [
    'update audit_events set actor = $$x$$',
    'delete from audit_events',
    'truncate audit_events'
  ])
    await assert.rejects(pool.query(statement), /never changed or removed/)
  const role = `web_${Date.now()}`
  await pool.query(`create role ${role} login password 'x'`)
  await pool.query(
    `grant select on all tables in schema public to ${role}; grant insert on audit_events to ${role}`
  )
  const client = new pg.Client({ connectionString: url.replace(/\/\/[^@]+@/, `//${role}:x@`) })
  await client.connect()
  try {
    await client.query(`insert into audit_events (actor_kind, actor, action) values ('nobody', '', 'test')`)
    for (const statement of [
      'update audit_events set actor = $$x$$',
      'delete from audit_events',
      'update audit_head set events = 0'
    ])
      await assert.rejects(client.query(statement), /permission denied/)
  } finally {
    await client.end()
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  }
})

test('many at once make one chain without holes', async () => {
  const add = () =>
    pool.query(`insert into audit_events (actor_kind, actor, action) values ('nobody', '', 'test')`)
  await Promise.all(Array.from({ length: 200 }, add))
  assert.match((await mypage(url, 'audit', 'verify')).stdout, /whole: 204 events/)
})

test('an event that was changed, removed, or cut off at the end shows', async () => {
  await tamper(`update audit_events set actor = 'taro' where id = 1`)
  const changed = await mypage(url, 'audit', 'verify')
  assert.equal(changed.code, 1)
  assert.match(changed.stderr, /event 1 is the first that does not fit: it was changed/)
  await tamper(`update audit_events set actor = 'hanako' where id = 1`)

  await tamper('delete from audit_events where id = 204')
  assert.match((await mypage(url, 'audit', 'verify')).stderr, /events at its end are missing/)
  await tamper('delete from audit_events where id = 100')
  assert.match((await mypage(url, 'audit', 'verify')).stderr, /event 101 is .*: events before it are missing/)
})
