import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')
await load('hanako@aoba.example,2017-04-13T20:10:00+09:00')
await load('hanako@aoba.example,2017-04-13T20:10:00+09:00', 'taro@aoba.example,2017-04-13T20:11:00+09:00')

async function load(...rows: string[]) {
  const lostMail = file('lost-mail.csv', ['recipient,received_at', ...rows, ''].join('\n'))
  const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', lostMail)
  assert.equal(code, 0, stderr)
}

function publish(version: string, ...options: string[]) {
  return mypage(url, 'scope', 'publish', 'outage', version, ...options)
}

async function states() {
  const scopes = await db.selectFrom('scopes').select('state').orderBy('version').execute()
  return scopes.map(({ state }) => state)
}

test('a version that is not there is refused, with those that are', async () => {
  for (const version of ['3', '0', 'latest']) {
    const { code, stderr } = await publish(version)
    assert.equal(code, 1)
    assert.equal(stderr, `There is no version "${version}" to publish. There are: 1 (draft), 2 (draft).\n`)
  }
  assert.deepEqual(await states(), ['draft', 'draft'])
})

test('the first published scope publishes its incident too', async () => {
  const { code, stdout } = await publish('1')
  assert.equal(code, 0)
  assert.equal(
    stdout,
    `Scope version 1 is published.
Incident outage is published with it.
Verdicts that changed:
  undetermined → affected: 1
  all other addresses: undetermined → not affected
`
  )
  assert.deepEqual(await states(), ['published', 'draft'])
  const scope = await db.selectFrom('scopes').selectAll().where('version', '=', 1).executeTakeFirstOrThrow()
  assert.ok(scope.published_at && scope.published_at.getTime() <= Date.now())
  assert.ok(scope.approved_by)
  const incident = await db.selectFrom('incidents').select('state').executeTakeFirstOrThrow()
  assert.equal(incident.state, 'published')
})

test('publishing what is published says so', async () => {
  const { code, stdout } = await publish('1')
  assert.equal(code, 0)
  assert.equal(stdout, 'Scope version 1 is published already.\n')
})

test('a later version takes the place of the former', async () => {
  assert.equal(
    (await publish('2')).stdout,
    'Scope version 2 is published in place of 1.\nVerdicts that changed:\n  not affected → affected: 1\n'
  )
  assert.deepEqual(await states(), ['superseded', 'published'])
})

test('a version that would clear affected addresses is refused unless that is said to be right', async () => {
  const { code, stderr } = await publish('1')
  assert.equal(code, 1)
  assert.equal(
    stderr,
    'Version 1 would clear 1 addresses that read "affected" by version 2. ' +
      'If that is right: mypage scope publish outage 1 --yes\n'
  )
  assert.deepEqual(await states(), ['superseded', 'published'])
})

test('a superseded version can be published again', async () => {
  assert.equal(
    (await publish('1', '--yes')).stdout,
    'Scope version 1 is published in place of 2.\nVerdicts that changed:\n  affected → not affected: 1\n'
  )
  assert.deepEqual(await states(), ['published', 'superseded'])
})

test('a withdrawn version is refused', async () => {
  await db.updateTable('scopes').set({ state: 'withdrawn' }).where('version', '=', 2).execute()
  const { code, stderr } = await publish('2')
  assert.equal(code, 1)
  assert.match(stderr, /There are: 1 \(published\), 2 \(withdrawn\)/)
})
