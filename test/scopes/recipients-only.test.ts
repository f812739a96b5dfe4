import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const ids = await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')

test('a file of recipients alone is a scope that knows no messages', async () => {
  const recipients = [
    'hanako@aoba.example',
    'ｈａｎａｋｏ@aoba.example',
    'sales@aoba-net.example',
    'nobody@aoba.example',
    'taro@yamada.example'
  ]
  const list = file('recipients.csv', `recipient\n${recipients.join('\n')}\n`)
  const { code, stdout, stderr } = await mypage(url, 'scope', 'load', 'outage', list)
  assert.equal(code, 0, stderr)
  assert.match(
    stdout,
    / {2}rows: 5\n {2}lost messages: unknown\n {2}affected addresses: 2\n {4}aoba-net\.example: 1, lost messages: unknown\n {4}aoba\.example: 1, lost messages: unknown\n/
  )
  const unknown = { lost_count: null, first_lost_at: null, last_lost_at: null }
  assert.deepEqual(await db.selectFrom('affected_addresses').selectAll().orderBy('email').execute(), [
    {
      account_id: ids.hanako,
      scope_id: '1',
      email: 'hanako@aoba.example',
      domain: 'aoba.example',
      business: false,
      ...unknown
    },
    {
      account_id: ids.A0012345,
      scope_id: '1',
      email: 'sales@aoba-net.example',
      domain: 'aoba-net.example',
      business: true,
      ...unknown
    }
  ])
  assert.deepEqual(await db.selectFrom('lost_messages').selectAll().execute(), [])
  assert.deepEqual(await db.selectFrom('unmatched_recipients').selectAll().orderBy('email').execute(), [
    { scope_id: '1', email: 'nobody@aoba.example', reason: 'no_owner', ...unknown },
    { scope_id: '1', email: 'taro@yamada.example', reason: 'other_domain', ...unknown }
  ])
  const totals = await db.selectFrom('affected_totals').select(['addresses', 'lost_messages']).execute()
  assert.deepEqual(totals, [{ addresses: 1, lost_messages: null }])
  const scope = await db.selectFrom('scopes').select('totals').executeTakeFirstOrThrow()
  assert.deepEqual(scope.totals, {
    rows: 5,
    affected_addresses: 2,
    lost_messages: null,
    no_owner: 1,
    other_domain: 1,
    outside_window: 0,
    no_word: 0,
    duplicates: 1
  })
})

test('more columns than the recipient need the time', async () => {
  const list = file('no-time.csv', 'recipient,sender\nhanako@aoba.example,a@b.example\n')
  const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', list)
  assert.equal(code, 1)
  assert.match(stderr, /column received_at is missing/)
})
