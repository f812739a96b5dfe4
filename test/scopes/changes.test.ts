import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { findVerdicts } from '../../src/individuals/queries.ts'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
const ids = await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')
await mypage(url, 'incident', 'publish', 'outage')

function scope(...args: string[]) {
  return mypage(url, 'scope', ...args)
}

async function load(name: string, rows: string[], ...options: string[]) {
  const lines = rows.map(row => row.replace(' ', ',2017-04-13T'))
  const lostMail = file(`${name}.csv`, ['recipient,received_at', ...lines, ''].join('\n'))
  const { code, stderr } = await scope('load', 'outage', lostMail, ...options)
  assert.equal(code, 0, stderr)
}

const better = ['hanako@aoba.example 20:11', 'sales@aoba-net.example 20:12', 'keiri@aoba-net.example 19:00']
await load('first', [
  'hanako@aoba.example 20:10',
  'hanako@aoba.example 20:11',
  'info@aoba-net.example 20:12',
  'taro@yamada.example 20:13'
])
await load('better', better)
await load('better', better, '--gap', '2017-04-13T21:00/2017-04-13T21:10')

/** What every account reads on its pages: the verdict of each address. */
async function readVerdicts() {
  const read = new Map<string, string>()
  for (const [name, id] of Object.entries(ids))
    for (const { email, verdict } of (await findVerdicts(pool, id))[0]?.addresses ?? [])
      read.set(`${name} ${email}`, verdict)
  return read
}

/** Publishes a version, and gives each change of a verdict that was read on pages, and that was recorded. */
async function publish(...args: string[]) {
  const before = await readVerdicts()
  const { code, stdout, stderr } = await scope('publish', 'outage', ...args, '--yes')
  assert.equal(code, 0, stderr)
  const after = await readVerdicts()
  const seen = [...after]
    .map(([who, verdict]) => `${who} ${before.get(who)} ${verdict}`)
    .filter(change => change.split(' ')[2] !== change.split(' ')[3])
  return { stdout, seen: seen.sort(), recorded: await newestChanges() }
}

async function newestChanges() {
  const changes = await db
    .selectFrom('verdict_changes')
    .innerJoin('accounts', 'accounts.id', 'account_id')
    .select(['login_id', 'email', 'from_verdict', 'to_verdict'])
    .where('publication_id', '=', ({ selectFrom }) =>
      selectFrom('publications').select(({ fn }) => fn.max('id').as('id'))
    )
    .execute()
  return changes.map(row => Object.values(row).join(' ')).sort()
}

async function newestPublication() {
  const found = await db
    .selectFrom('publications')
    .leftJoin('scopes as next', 'next.id', 'scope_id')
    .leftJoin('scopes as former', 'former.id', 'former_scope_id')
    .select(['former.version as from', 'next.version as to', 'others_from', 'others_to', 'published_by'])
    .orderBy('publications.id', 'desc')
    .executeTakeFirstOrThrow()
  assert.ok(found.published_by)
  return [found.from, found.to, found.others_from, found.others_to]
}

const shift = [
  'A0012345 info@aoba-net.example affected not_affected',
  'A0012345 sales@aoba-net.example not_affected affected',
  'A0099999 keiri@aoba-net.example not_affected undetermined',
  'taro taro@yamada.example undetermined not_affected'
]

test('the difference of two versions is told: addresses by domain, and whose verdict would change', async () => {
  const out = file('difference.csv', '')
  const { code, stdout, stderr } = await scope('diff', 'outage', '1', '2', '--out', out)
  assert.equal(code, 0, stderr)
  assert.equal(
    stdout,
    `Version 2 (draft) against version 1 (draft):
  gaps in the coverage: 0 → 0
  lost messages: 3 → 2
  affected addresses: 2 → 2
    aoba-net.example: 1 added, 1 removed
    aoba.example: 1 with other counts or times
Verdicts, if version 2 took the place of version 1:
  affected → not affected: 1
  not affected → affected: 1
  not affected → undetermined: 1
  undetermined → not affected: 1
`
  )
  assert.equal(
    readFileSync(out, 'utf8'),
    `address,domain,login_id,change,old_count,new_count,old_verdict,new_verdict
hanako@aoba.example,aoba.example,hanako,changed,2,1,,
info@aoba-net.example,aoba-net.example,A0012345,removed,1,,affected,not_affected
keiri@aoba-net.example,aoba-net.example,A0099999,verdict,,,not_affected,undetermined
sales@aoba-net.example,aoba-net.example,A0012345,added,,1,not_affected,affected
taro@yamada.example,yamada.example,taro,verdict,,,undetermined,not_affected
`
  )
})

test('without versions the latest but one is compared with the latest', async () => {
  const { stdout } = await scope('diff', 'outage')
  assert.equal(
    stdout,
    `Version 3 (draft) against version 2 (draft):
  gaps in the coverage: 0 → 1
  lost messages: 2 → 2
  affected addresses: 2 → 2
Verdicts, if version 3 took the place of version 2:
  all other addresses: not affected → undetermined
`
  )
})

test('a first publication lists nobody: its scope does', async () => {
  const { stdout, recorded } = await publish('1')
  assert.match(
    stdout,
    /Verdicts that changed:\n {2}undetermined → affected: 2\n {2}all other addresses: undetermined → not affected\n$/
  )
  assert.deepEqual(recorded, [])
  assert.deepEqual(await newestPublication(), [null, 1, 'undetermined', 'not_affected'])
})

test('without versions the published one is compared with the latest', async () => {
  assert.match(
    (await scope('diff', 'outage')).stdout,
    /^Version 3 \(draft\) against version 1 \(published\):\n[^]*affected → undetermined: 1\n {2}not affected → affected: 1\n {2}all other addresses: not affected → undetermined\n$/
  )
})

test('whoever reads another verdict than before is recorded', async () => {
  const { stdout, seen, recorded } = await publish('2')
  assert.deepEqual(seen, shift)
  assert.deepEqual(recorded, shift)
  assert.match(stdout, /Verdicts that changed:\n {2}affected → not affected: 1\n/)
  assert.deepEqual(await newestPublication(), [1, 2, 'not_affected', 'not_affected'])
})

test('a gap in the coverage is one fact, not a row for everybody', async () => {
  const { seen, recorded } = await publish('3')
  assert.ok(seen.includes('taro taro@aoba.example not_affected undetermined'))
  assert.deepEqual(recorded, [])
  assert.deepEqual(await newestPublication(), [2, 3, 'not_affected', 'undetermined'])
})

test('what is no longer affected is recorded although the coverage changed with it', async () => {
  const { recorded } = await publish('1')
  assert.deepEqual(recorded, [
    'A0012345 info@aoba-net.example undetermined affected',
    'A0012345 sales@aoba-net.example affected not_affected'
  ])
  assert.deepEqual(await newestPublication(), [3, 1, 'undetermined', 'not_affected'])
})

test('an address that has another owner by now changes for that owner alone', async () => {
  await db
    .updateTable('addresses')
    .set({ account_id: ids.taro ?? '' })
    .where('email', '=', 'hanako@aoba.example')
    .execute()
  await load('better', better)
  const { stdout } = await scope('diff', 'outage')
  assert.match(stdout, / {4}aoba\.example: 1 of another owner\n/)
  const { seen, recorded } = await publish('4')
  const moved = 'taro hanako@aoba.example undetermined affected'
  assert.deepEqual(seen, [...shift, moved].sort())
  assert.deepEqual(recorded, [...shift, moved].sort())
})

test('publishing the former version back is recorded anew', async () => {
  const { seen, recorded } = await publish('1')
  assert.equal(recorded.length, 5)
  assert.deepEqual(recorded, seen)
})

test('a version that is not there is refused, and so is an only one', async () => {
  assert.match(
    (await scope('diff', 'outage', '1', '9')).stderr,
    /^There is no version "9"\. There are: 1 \(published\), 2 \(superseded\)/
  )
  await addIncident(db, 'other')
  assert.match((await scope('diff', 'other')).stderr, /^There is no scope\. Next: mypage scope load/)
  const lostMail = file('only.csv', 'recipient\nhanako@aoba.example\n')
  await scope('load', 'other', lostMail)
  assert.equal(
    (await scope('diff', 'other')).stderr,
    'There are no two versions to compare. There are: 1 (draft).\n'
  )
})
