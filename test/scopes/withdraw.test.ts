import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
const ids = await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')

const header = 'recipient,received_at,queue_id\n'
const hanako = 'hanako@aoba.example,2017-04-13T20:10:00+09:00,Q1\n'
const taro = 'taro@aoba.example,2017-04-13T20:11:00+09:00,Q2\n'
const other = 'hanako@aoba.example,2017-04-13T20:10:00+09:00,Q3\n'
const gone = 'hanako@aoba.example,2017-04-13T20:10:00+09:00,Q4\n'
const first = file('first.csv', header + hanako + other + gone)
const second = file('second.csv', header + hanako + other + taro)

function scope(...args: string[]) {
  return mypage(url, 'scope', ...args)
}

async function states() {
  const scopes = await db.selectFrom('scopes').select('state').orderBy('version').execute()
  return scopes.map(({ state }) => state)
}

async function handledVersions() {
  const marks = await db
    .selectFrom('lost_messages')
    .innerJoin('scopes', 'scopes.id', 'scope_id')
    .select(['version', 'queue_id'])
    .where('handled_at', 'is not', null)
    .orderBy('version')
    .orderBy('queue_id')
    .execute()
  return marks.map(({ version, queue_id }) => `${version} ${queue_id}`)
}

async function mark(scopeId: string, queueId: string) {
  await db
    .updateTable('lost_messages')
    .set({ handled_at: new Date() })
    .where('scope_id', '=', scopeId)
    .where('queue_id', '=', queueId)
    .execute()
}

function changes() {
  return db
    .selectFrom('verdict_changes')
    .select(['account_id', 'email', 'from_verdict', 'to_verdict'])
    .orderBy('publication_id')
    .execute()
}

test('nothing is withdrawn while nothing is published', async () => {
  assert.equal((await scope('load', 'outage', first)).code, 0)
  const { code, stderr } = await scope('withdraw', 'outage')
  assert.equal(code, 1)
  assert.equal(stderr, 'No version is published. There are: 1 (draft).\n')
})

test('without --yes it is said what would happen, and nothing changes', async () => {
  assert.equal((await scope('publish', 'outage', '1')).code, 0)
  await publishScope({ db, pool }, 'outage', second)
  await mark('2', 'Q1')
  await mark('1', 'Q3')
  await mark('1', 'Q4')
  await db.deleteFrom('verdict_changes').execute()
  const { code, stderr } = await scope('withdraw', 'outage')
  assert.equal(code, 1)
  assert.equal(
    stderr,
    `Scope version 2 would be withdrawn for good.
Version 1 would be published in its place.
  affected → not affected: 1
If that is right: mypage scope withdraw outage 2 --yes
`
  )
  assert.deepEqual(await states(), ['superseded', 'published'])
  assert.deepEqual(await changes(), [])
})

test('the version that was published before is put back, with what members marked since', async () => {
  const { code, stdout } = await scope('withdraw', 'outage', '--yes')
  assert.equal(code, 0)
  assert.equal(
    stdout,
    `Scope version 2 is withdrawn for good.
Version 1 is published in its place.
  affected → not affected: 1
`
  )
  assert.deepEqual(await states(), ['published', 'withdrawn'])
  // Q3 was taken back in version 2, which does not know Q4.
  assert.deepEqual(await handledVersions(), ['1 Q1', '1 Q4', '2 Q1'])
  assert.deepEqual(await changes(), [
    {
      account_id: ids.taro,
      email: 'taro@aoba.example',
      from_verdict: 'affected',
      to_verdict: 'not_affected'
    }
  ])
  const publication = await db
    .selectFrom('publications')
    .selectAll()
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  assert.equal(publication.former_scope_id, '2')
  assert.equal(publication.scope_id, '1')
})

test('who withdrew it, and when, is listed', async () => {
  const { stdout } = await scope('list', 'outage')
  const { withdrawn_at, withdrawn_by } = await db
    .selectFrom('scopes')
    .selectAll()
    .where('version', '=', 2)
    .executeTakeFirstOrThrow()
  assert.ok(withdrawn_at && Math.abs(Date.now() - withdrawn_at.getTime()) < 60_000)
  assert.equal(withdrawn_by, userInfo().username)
  assert.match(stdout, new RegExp(`version 2 {2}withdrawn\n[^]*  withdrawn 20.* by ${withdrawn_by}\n`))
})

test('a withdrawn version stays so: it is not published, not withdrawn again, not found by its file', async () => {
  const published = await scope('publish', 'outage', '2', '--yes')
  assert.equal(published.code, 1)
  assert.match(published.stderr, /There are: 1 \(published\), 2 \(withdrawn\)/)
  assert.equal(
    (await scope('withdraw', 'outage', '2', '--yes')).stdout,
    'Scope version 2 is withdrawn already.\n'
  )
  assert.match((await scope('load', 'outage', second)).stdout, /^Scope version 3 is a draft\.\n/)
})

test('without a former version none is published, and its addresses are undetermined again', async () => {
  assert.match(
    (await scope('withdraw', 'outage', '1')).stderr,
    /^Scope version 1 would be withdrawn for good\.\nNo version would be published in its place\.\n/
  )
  const { stdout } = await scope('withdraw', 'outage', '1', '--yes')
  assert.equal(
    stdout,
    `Scope version 1 is withdrawn for good.
No version is published in its place.
  affected → undetermined: 1
  all other addresses: not affected → undetermined
`
  )
  assert.deepEqual(await states(), ['withdrawn', 'withdrawn', 'draft'])
  assert.deepEqual((await changes()).at(-1), {
    account_id: ids.hanako,
    email: 'hanako@aoba.example',
    from_verdict: 'affected',
    to_verdict: 'undetermined'
  })
})

test('marks that were made in a withdrawn version are kept by the next one', async () => {
  const { stdout } = await scope('publish', 'outage', '3')
  assert.match(stdout, /Messages that stay marked as handled: 1\n/)
  assert.deepEqual(await handledVersions(), ['1 Q1', '1 Q4', '2 Q1', '3 Q1'])
})

test('a draft can be withdrawn; that changes no verdict', async () => {
  await scope('load', 'outage', first)
  const { stdout } = await scope('withdraw', 'outage', '4', '--yes')
  assert.equal(stdout, 'Scope version 4 is withdrawn for good.\n')
  assert.deepEqual(await states(), ['withdrawn', 'withdrawn', 'published', 'withdrawn'])
})
