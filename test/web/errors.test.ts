import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { addCast } from '../helpers/cast.ts'
import { openTestPortal, setPassword, signIn } from '../helpers/portal.ts'

const { app, db } = await openTestPortal()
await addCast(db)
await setPassword(db, 'hanako', 'right')

test('a page that is not there is a 404 page in the visitor’s language', async () => {
  const japanese = await app.inject({ url: '/nowhere', headers: { 'accept-language': 'ja' } })
  assert.equal(japanese.statusCode, 404)
  assert.match(japanese.body, /<h1>ページが見つかりません<\/h1>/)
  const english = await app.inject({ url: '/nowhere', headers: { 'accept-language': 'en' } })
  assert.match(english.body, /<h1>Page not found<\/h1>/)
})

test('when the database does not answer, the page says so, says nothing of mail, and when to come back', async () => {
  const cookie = await signIn(app, 'individual', 'hanako', 'right')
  await sql`alter table sessions rename to sessions_away`.execute(db)
  const broken = await app.inject({ url: '/mypage', headers: { cookie } })
  assert.equal(broken.statusCode, 500)
  assert.doesNotMatch(broken.body, /影響はありません|sessions_away|select/)
  await sql`alter table sessions_away rename to sessions`.execute(db)
  assert.equal((await app.inject({ url: '/mypage', headers: { cookie } })).statusCode, 200)
})

test('connections that the server cut are replaced: soon requests are answered again', async () => {
  const cookie = await signIn(app, 'individual', 'hanako', 'right')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(db)
  const statusOf = async () => (await app.inject({ url: '/mypage', headers: { cookie } })).statusCode
  const statuses = [await statusOf()]
  while (statuses.at(-1) !== 200 && statuses.length < 20) {
    await sleep(50)
    statuses.push(await statusOf())
  }
  assert.ok(statuses.every(status => status === 200 || status === 503))
  assert.equal(statuses.at(-1), 200)
})

test('a connection that is cut between two statements of a transaction fails that transaction, and nothing else', async () => {
  const cut = db.transaction().execute(async tx => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
    await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db)
    await sleep(100)
    await sql`select 1`.execute(tx)
  })
  await assert.rejects(cut)
  assert.equal((await app.inject('/readyz')).statusCode, 200)
})

test('readiness follows the database; health does not', async () => {
  assert.equal((await app.inject('/healthz')).statusCode, 200)
  assert.equal((await app.inject('/readyz')).statusCode, 200)
})
