import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const ids = await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')

const lostMail = file(
  'lost-mail.csv',
  [
    'recipient,received_at,sender,message_id,size,queue_id',
    'hanako@aoba.example,2017-04-13T20:10:00+09:00,shop@shop.example,<1@shop.example>,2048,Q1',
    'HANAKO@AOBA.EXAMPLE,2017-04-13T11:40:00Z,,,,Q2',
    'info@aoba-net.example,2017-04-13 20:06:00,"a\tb\\@x.example",<2@x.example>,0,',
    'info@aoba-net.example,2017-04-13 20:06:00,a@x.example,<2@x.example>,,',
    'info@aoba-net.example,2017-04-13 20:06:00,a@x.example,<3\u202e\u0007@x.example>,,',
    'sales@aoba-net.example,2017-04-13 22:24:59.999,,,,',
    'sales@aoba-net.example,2017-04-13 22:24:59.999,,,,',
    'hanako@aoba.example,2017-04-13T20:10:00+09:00,shop@shop.example,<1@shop.example>,2048,Q1',
    'hanako@aoba.example,2017-04-13T22:25:00+09:00,,,,Q3',
    'taro@aoba.example,2017-04-13T20:05:59+09:00,,,,Q4',
    'gone@aoba.example,2017-04-13T21:00:00+09:00,,,,Q5',
    'gone@aoba.example,2017-04-13T21:30:00+09:00,,,,Q6',
    'taro@yamada.example,2017-04-13T21:00:00+09:00,,,,Q7',
    ''
  ].join('\r\n')
)
const problems = file('problems.csv', '')

test('a lost-mail file becomes a draft, and the summary says what became of every row', async () => {
  const { code, stdout, stderr } = await mypage(
    url,
    'scope',
    'load',
    'outage',
    lostMail,
    '--problems',
    problems
  )
  assert.equal(code, 0, stderr)
  assert.equal(
    stdout,
    `Scope version 1 is a draft.
  rows: 13
  lost messages: 6
  affected addresses: 3
    aoba-net.example: 2, lost messages: 4
    aoba.example: 1, lost messages: 2
  apart, owned by nobody: 2
  apart, on a domain that the incident does not concern: 1
  apart, received outside the window: 2
  twice, counted once: 2
${lostMail} says nothing of the logs it was made from: all addresses without losses will read “not affected”; tell gaps with --gap.
Next: mypage scope publish outage 1
`
  )
  assert.equal(
    stderr,
    `${lostMail}, line 5: the same as line 4: info@aoba-net.example
${lostMail}, line 9: the same as line 2: hanako@aoba.example
${lostMail}, line 12: owned by nobody: gone@aoba.example
${lostMail}, line 13: owned by nobody: gone@aoba.example
${lostMail}, line 14: on a domain that the incident does not concern: taro@yamada.example
${lostMail}, line 10: received outside the window: hanako@aoba.example
${lostMail}, line 11: received outside the window: taro@aoba.example
`
  )
})

test('the problems file lists every row apart by line', () => {
  assert.equal(
    readFileSync(problems, 'utf8'),
    `file,line,problem
${lostMail},5,the same as line 4: info@aoba-net.example
${lostMail},9,the same as line 2: hanako@aoba.example
${lostMail},10,received outside the window: hanako@aoba.example
${lostMail},11,received outside the window: taro@aoba.example
${lostMail},12,owned by nobody: gone@aoba.example
${lostMail},13,owned by nobody: gone@aoba.example
${lostMail},14,on a domain that the incident does not concern: taro@yamada.example
`
  )
})

test('affected addresses have count, first and last', async () => {
  const rows = await db.selectFrom('affected_addresses').selectAll().orderBy('email').execute()
  const of = (email: string) => rows.find(row => row.email === email)
  assert.deepEqual(
    rows.map(row => row.email),
    ['hanako@aoba.example', 'info@aoba-net.example', 'sales@aoba-net.example']
  )
  assert.deepEqual(of('hanako@aoba.example'), {
    account_id: ids.hanako,
    scope_id: rows[0]?.scope_id,
    email: 'hanako@aoba.example',
    domain: 'aoba.example',
    business: false,
    lost_count: 2,
    first_lost_at: new Date('2017-04-13T11:10:00Z'),
    last_lost_at: new Date('2017-04-13T11:40:00Z')
  })
  assert.equal(of('info@aoba-net.example')?.account_id, ids.A0012345)
  assert.equal(of('info@aoba-net.example')?.business, true)
  assert.equal(of('info@aoba-net.example')?.lost_count, 2)
  assert.equal(of('sales@aoba-net.example')?.lost_count, 2)
})

test('lost messages keep what the file says of them', async () => {
  const rows = await db
    .selectFrom('lost_messages')
    .select(['email', 'received_at', 'sender', 'message_id', 'size', 'queue_id', 'handled_at'])
    .where('email', '<>', 'sales@aoba-net.example')
    .orderBy('email')
    .orderBy('received_at')
    .orderBy('message_id')
    .execute()
  const shop = { sender: 'shop@shop.example', message_id: '<1@shop.example>', size: '2048', queue_id: 'Q1' }
  const tab = { sender: 'a\tb\\@x.example', message_id: '<2@x.example>', size: '0', queue_id: null }
  const third = { sender: 'a@x.example', message_id: '<3\ufffd\ufffd@x.example>', size: null, queue_id: null }
  const bare = { sender: null, message_id: null, size: null, queue_id: 'Q2' }
  const lost = (email: string, received_at: string, details: object) => ({
    email,
    received_at: new Date(received_at),
    ...details,
    handled_at: null
  })
  assert.deepEqual(rows, [
    lost('hanako@aoba.example', '2017-04-13T11:10:00Z', shop),
    lost('hanako@aoba.example', '2017-04-13T11:40:00Z', bare),
    lost('info@aoba-net.example', '2017-04-13T11:06:00Z', tab),
    lost('info@aoba-net.example', '2017-04-13T11:06:00Z', third)
  ])
})

test('what is owned by nobody, elsewhere or outside the window is kept apart', async () => {
  const rows = await db
    .selectFrom('unmatched_recipients')
    .select(['email', 'reason', 'lost_count', 'first_lost_at', 'last_lost_at'])
    .orderBy('email')
    .execute()
  const apart = (email: string, reason: string, times: string[]) => ({
    email,
    reason,
    lost_count: times.length,
    first_lost_at: new Date(times[0] ?? ''),
    last_lost_at: new Date(times.at(-1) ?? '')
  })
  assert.deepEqual(rows, [
    apart('gone@aoba.example', 'no_owner', ['2017-04-13T12:00:00Z', '2017-04-13T12:30:00Z']),
    apart('hanako@aoba.example', 'outside_window', ['2017-04-13T13:25:00Z']),
    apart('taro@aoba.example', 'outside_window', ['2017-04-13T11:05:59Z']),
    apart('taro@yamada.example', 'other_domain', ['2017-04-13T12:00:00Z'])
  ])
})

test('the totals of business accounts and of the scope agree with the rows', async () => {
  const totals = await db
    .selectFrom('affected_totals')
    .select(['account_id', 'domain', 'addresses', 'lost_messages'])
    .orderBy('domain')
    .execute()
  assert.deepEqual(totals, [
    { account_id: ids.A0012345, domain: 'aoba-net.example', addresses: 2, lost_messages: 4 }
  ])
  const scope = await db.selectFrom('scopes').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(scope.totals, {
    rows: 13,
    affected_addresses: 3,
    lost_messages: 6,
    no_owner: 2,
    other_domain: 1,
    outside_window: 2,
    no_word: 0,
    duplicates: 2
  })
  assert.deepEqual(scope.coverage, { gaps: [], hosts: [] })
  assert.equal(scope.state, 'draft')
  assert.equal(scope.sources[0]?.file, 'lost-mail.csv')
  assert.equal(scope.sources[0]?.rows, 13)
  assert.match(scope.sources[0]?.sha256 ?? '', /^[0-9a-f]{64}$/)
})
