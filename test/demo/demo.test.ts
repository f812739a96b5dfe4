import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { readConfig } from '../../src/config.ts'
import { cast } from '../../src/demo/cast.ts'
import { loadDemo } from '../../src/demo/load.ts'
import { nextCode, staff } from '../../src/demo/staff.ts'
import { findDemoState } from '../../src/demo/state.ts'
import { attemptLogin } from '../../src/sign-in/attempt.ts'
import { attemptStaffLogin } from '../../src/staff/attempt.ts'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, pool, db } = await openTestDatabase()
const folder = path.dirname(temporaryFiles()('here', ''))
const config = readConfig({ DATA_DIR: folder, LOG_LEVEL: 'silent' })
const steps: string[] = []
const load = () => loadDemo({ config, db, pool }, step => steps.push(step))

assert.equal(await findDemoState(db), 'empty')
await load()
const firstFiles = readFiles()

/** The two files, without the password hashes, which are salted anew each time. */
function readFiles() {
  const [members, lostMail] = ['members.csv', 'lost-mail.csv'].map(name =>
    readFileSync(path.join(folder, 'demo', name), 'utf8')
  )
  return { members: members?.replaceAll(/"\$argon2id\$[^"]*"/g, ''), lostMail }
}

async function countAll() {
  const { rows } = await sql<Record<string, number>>`
    select
      (select count(*)::int from accounts) as accounts,
      (select count(*)::int from addresses) as addresses,
      (select sum(addresses)::int from affected_totals) as affected_of_businesses,
      (select count(*)::int from affected_addresses where business) as listed,
      (select count(*)::int from affected_addresses) as affected,
      (select sum(lost_count)::int from affected_addresses) as lost_of_addresses,
      (select count(*)::int from lost_messages) as lost,
      (select sum(lost_count)::int from unmatched_recipients where reason = 'no_owner') as unmatched,
      (select count(*)::int from unmatched_recipients where reason <> 'no_owner') as unexpected,
      (select count(*)::int from scopes) as scopes,
      (select count(*)::int from reports) as reports`.execute(db)
  return rows[0] as Record<string, number>
}

test('88,798 addresses are affected, and every total balances', async () => {
  const counts = await countAll()
  const { totals, state } = await db.selectFrom('scopes').selectAll().executeTakeFirstOrThrow()
  assert.equal(state, 'published')
  assert.equal(counts.affected, 88_798)
  assert.equal(counts.affected_of_businesses, counts.listed)
  assert.equal(totals.affected_addresses, 88_798)
  assert.ok(counts.addresses && counts.addresses >= 98_000 && counts.addresses < 98_010)
  assert.ok(counts.lost && counts.lost > 130_000 && counts.lost < 140_000)
  assert.equal(counts.lost_of_addresses, counts.lost)
  assert.equal(totals.lost_messages, counts.lost)
  assert.equal(totals.no_owner, counts.unmatched)
  assert.equal(counts.unexpected, 0)
  assert.equal(totals.rows, totals.no_owner + counts.lost)
})

test('mail was lost on the three domains alone, never on a virtual one, by reserved senders alone', async () => {
  const domains = await db
    .selectFrom('affected_addresses')
    .innerJoin('domains', 'name', 'domain')
    .select(['name', 'kind'])
    .distinct()
    .orderBy('name')
    .execute()
  assert.deepEqual(domains, [
    { name: 'asahi-net.or.jp', kind: 'provider' },
    { name: 'asahinet.jp', kind: 'provider' },
    { name: 'email.ne.jp', kind: 'provider' }
  ])
  const virtual = sql<number>`(select count(*)::int from addresses join domains on name = domain where kind = 'virtual')`
  const real = sql<number>`(select count(*)::int from lost_messages where sender !~ '[.](example|test|invalid)$')`
  const { rows } = await sql<{
    virtual: number
    real: number
  }>`select ${virtual} as virtual, ${real} as real`.execute(db)
  assert.ok(rows[0] && rows[0].virtual > 5_000)
  assert.equal(rows[0].real, 0)
})

test('each of the cast logs in with their password, and nobody else has one', async () => {
  for (const { kind, loginId, password } of cast)
    assert.equal(
      (await attemptLogin(db, { kind, loginId, password, ip: '127.0.0.1' }))?.account.loginId,
      loginId
    )
  const { rows } = await sql<{ count: number }>`select count(password_hash)::int from accounts`.execute(db)
  assert.equal(rows[0]?.count, 4)
})

test('each of its staff logs in with their password and the code that the command prints, once', async () => {
  const portal = { config, signInDb: db }
  for (const { loginId, password, role } of staff) {
    const login = { loginId, password, code: await nextCode(db, config, loginId), ip: '127.0.0.1' }
    assert.equal((await attemptStaffLogin(portal, login))?.role, role)
    assert.equal(await attemptStaffLogin(portal, login), undefined)
  }
  await assert.rejects(nextCode(db, config, 'nobody'), /There is no "nobody"\. There are: agent, operator/)
})

test('the cast has what its stories tell', async () => {
  const stories = await db
    .selectFrom('accounts')
    .innerJoin('addresses', 'addresses.account_id', 'accounts.id')
    .innerJoin('domains', 'domains.name', 'domain')
    .leftJoin('affected_addresses as affected', join =>
      join.onRef('affected.account_id', '=', 'accounts.id').onRef('affected.email', '=', 'addresses.email')
    )
    .select('login_id')
    .select([
      sql<number>`count(*)::int`.as('addresses'),
      sql<number>`count(*) filter (where domains.kind = 'virtual')::int`.as('virtual'),
      sql<number>`count(distinct addresses.domain)::int`.as('domains'),
      sql<number>`count(affected.email)::int`.as('affected'),
      sql<number>`coalesce(sum(lost_count), 0)::int`.as('lost')
    ])
    .where(
      'login_id',
      'in',
      cast.map(({ loginId }) => loginId)
    )
    .groupBy('login_id')
    .orderBy('login_id')
    .execute()
  const [mixed, large, hanako, taro] = stories
  assert.deepEqual(hanako, {
    login_id: 'hanako',
    addresses: 2,
    virtual: 1,
    domains: 2,
    affected: 1,
    lost: 14
  })
  assert.deepEqual(taro, { login_id: 'taro', addresses: 1, virtual: 0, domains: 1, affected: 0, lost: 0 })
  assert.deepEqual(
    [mixed?.login_id, mixed?.addresses, mixed?.virtual, mixed?.domains],
    ['A0012345', 60, 20, 3]
  )
  assert.ok(mixed && mixed.affected > 10 && mixed.affected < 40)
  assert.deepEqual([large?.login_id, large?.addresses, large?.affected], ['A0099999', 2_000, 2_000])
})

test('two reports are there, dated as in the case', async () => {
  const reports = await db.selectFrom('reports').selectAll().orderBy('number').execute()
  assert.deepEqual(
    reports.map(({ number, published_at }) => [number, published_at.toISOString().slice(0, 10)]),
    [
      [1, '2017-04-14'],
      [2, '2017-04-18']
    ]
  )
})

test('a complete demo is left as it is', async () => {
  assert.equal(await findDemoState(db), 'complete')
  steps.length = 0
  await load()
  assert.deepEqual(steps, ['The demo is there already.'])
})

test('a demo that was stopped before its end is finished, from the same files', async () => {
  const before = await countAll()
  await sql`alter table report_revisions disable trigger append_only`.execute(db)
  await db.deleteFrom('report_revisions').execute()
  await db.deleteFrom('report_drafts').execute()
  await db.updateTable('scopes').set({ state: 'draft', published_at: null }).execute()
  await db.updateTable('incidents').set({ state: 'draft' }).execute()
  assert.equal(await findDemoState(db), 'begun')
  await load()
  assert.equal(await findDemoState(db), 'complete')
  assert.deepEqual(await countAll(), before)
  const { members, lostMail } = readFiles()
  assert.ok(members === firstFiles.members && lostMail === firstFiles.lostMail)
})

test('a database with other data, or one that DATABASE_URL names, gets no demo', async () => {
  const { code, stderr } = await mypage(url, 'demo', 'load')
  assert.equal(code, 1)
  assert.match(stderr, /unset DATABASE_URL/)
  const used = await openTestDatabase()
  await addCast(used.db)
  assert.equal(await findDemoState(used.db), 'other')
  await assert.rejects(
    loadDemo({ config, ...used }, () => {}),
    /other data/
  )
})
