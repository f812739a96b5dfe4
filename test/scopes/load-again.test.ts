import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addAddresses, addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const ids = await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')

const rows =
  'recipient,received_at\nhanako@aoba.example,2017-04-13T20:10:00+09:00\nnew@aoba.example,2017-04-13T20:11:00+09:00\n'
const lostMail = file('lost-mail.csv', rows)
const gaps = ['2017-04-13T21:00/2017-04-13T21:10', '2017-04-13T20:30+09:00/2017-04-13T11:31Z']

function load(...options: string[]) {
  return mypage(url, 'scope', 'load', 'outage', lostMail, ...options)
}

async function everything() {
  const tables = [
    'scopes',
    'affected_addresses',
    'affected_totals',
    'lost_messages',
    'unmatched_recipients'
  ] as const
  return Promise.all(tables.map(table => db.selectFrom(table).selectAll().execute()))
}

test('the same file again is the same scope and changes nothing', async () => {
  assert.equal((await load()).code, 0)
  const before = await everything()
  const { code, stdout } = await load()
  assert.equal(code, 0)
  assert.match(stdout, /^This file is scope version 1 already; nothing was loaded\.\n {2}rows: 2\n/)
  assert.doesNotMatch(stdout, /Next/)
  assert.deepEqual(await everything(), before)
})

test('a copy of the file with another name is the same scope', async () => {
  const { stdout } = await mypage(url, 'scope', 'load', 'outage', file('copy.csv', rows))
  assert.match(stdout, /^This file is scope version 1 already/)
})

test('two loads at once make one scope', async () => {
  const other = file('other.csv', `${rows}taro@aoba.example,2017-04-13T20:12:00+09:00\n`)
  const loads = [1, 2].map(() => mypage(url, 'scope', 'load', 'outage', other))
  const outputs = (await Promise.all(loads)).map(({ stdout }) => stdout.split('\n')[0])
  assert.deepEqual(outputs.sort(), [
    'Scope version 2 is a draft.',
    'This file is scope version 2 already; nothing was loaded.'
  ])
})

test('the same file with gaps in coverage is another scope, in whatever order they are named', async () => {
  assert.match((await load('--gap', ...gaps)).stdout, /^Scope version 3 is a draft\./)
  assert.match((await load('--gap', ...gaps.toReversed())).stdout, /^This file is scope version 3 already/)
  const { coverage } = await db
    .selectFrom('scopes')
    .select('coverage')
    .where('version', '=', 3)
    .executeTakeFirstOrThrow()
  assert.deepEqual(coverage, {
    gaps: [
      { from: '2017-04-13T11:30:00.000Z', to: '2017-04-13T11:31:00.000Z' },
      { from: '2017-04-13T12:00:00.000Z', to: '2017-04-13T12:10:00.000Z' }
    ],
    hosts: []
  })
})

test('a recipient that found an owner makes a new version of the same file', async () => {
  await addAddresses(db, ids.taro ?? '', ['new@aoba.example'])
  const { code, stdout } = await load()
  assert.equal(code, 0)
  assert.match(
    stdout,
    /^Scope version 4 is a draft of the same file as version 1 \(recipients with an owner now: 1, affected addresses with another: 0\)\.\n/
  )
  assert.match((await load()).stdout, /^This file is scope version 4 already/)
})

test('an affected address with another owner makes a new version of the same file', async () => {
  await db
    .updateTable('addresses')
    .set({ account_id: ids.taro ?? '' })
    .where('email', '=', 'hanako@aoba.example')
    .execute()
  const { stdout } = await load()
  assert.match(
    stdout,
    /^Scope version 5 is .* as version 4 \(recipients with an owner now: 0, affected addresses with another: 1\)/
  )
  const owners = await db
    .selectFrom('affected_addresses')
    .innerJoin('scopes', 'scopes.id', 'scope_id')
    .select(['version', 'account_id'])
    .where('email', '=', 'hanako@aoba.example')
    .where('version', 'in', [4, 5])
    .orderBy('version')
    .execute()
  assert.deepEqual(owners, [
    { version: 4, account_id: ids.hanako },
    { version: 5, account_id: ids.taro }
  ])
})

test('addresses of a disabled account stay matched', async () => {
  await db.updateTable('accounts').set({ disabled_at: new Date() }).where('login_id', '=', 'taro').execute()
  assert.match((await load()).stdout, /^This file is scope version 5 already/)
})
