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

const many = Array.from({ length: 22 }, (_, at) => `x@virtual${String(at).padStart(2, '0')}.example`)
const rows = [
  'hanako@aoba.example 20:10',
  'gone@aoba.example 20:10',
  'gone@aoba.example 20:40',
  'new@aoba.example 20:11',
  '=new@aoba-net.example 20:12',
  'hanako+shop@aoba.example 20:13',
  'taro@yamada.example 20:14',
  'taro@aoba.example 19:59',
  ...many.map(email => `${email} 20:15`)
]
const lines = rows.map(row => row.replace(' ', ',2017-04-13T'))
const lostMail = file('lost.csv', ['recipient,received_at', ...lines, ''].join('\n'))

function scope(...args: string[]) {
  return mypage(url, 'scope', ...args)
}

test('recipients that are kept apart are counted by reason and domain', async () => {
  assert.equal((await scope('load', 'outage', lostMail)).code, 0)
  const { code, stdout, stderr } = await scope('unmatched', 'outage')
  assert.equal(code, 0, stderr)
  assert.equal(
    stdout,
    `Recipients that version 1 has apart, with their most frequent domains:
  owned by nobody, but it is an address of a member with an extension (+…): 1
    aoba.example: 1
  owned by nobody: 3
    aoba.example: 2
    aoba-net.example: 1
  on a domain that the incident does not concern: 23
${many
  .slice(0, 20)
  .map(email => `    ${email.slice(2)}: 1\n`)
  .join('')}  received outside the window: 1
    aoba.example: 1
`
  )
})

test('all of them are written as CSV, which no spreadsheet computes', async () => {
  const out = file('unmatched.csv', '')
  await scope('unmatched', 'outage', '1', '--out', out)
  const written = readFileSync(out, 'utf8').split('\n')
  assert.equal(written[0], 'address,domain,reason,lost_count,first_lost,last_lost,login_id')
  assert.equal(written.length, 1 + 28 + 1)
  const time = (clock: string) => `2017-04-13 ${clock}:00`
  for (const line of [
    `'=new@aoba-net.example,aoba-net.example,no_owner,1,${time('20:12')},${time('20:12')},`,
    `gone@aoba.example,aoba.example,no_owner,2,${time('20:10')},${time('20:40')},`,
    `hanako+shop@aoba.example,aoba.example,extension,1,${time('20:13')},${time('20:13')},`,
    `taro@yamada.example,yamada.example,other_domain,1,${time('20:14')},${time('20:14')},taro`,
    `taro@aoba.example,aoba.example,outside_window,1,${time('19:59')},${time('19:59')},taro`
  ])
    assert.ok(written.includes(line), line)
})

test('whoever was imported since is told, and matched by the next load of the same file', async () => {
  const addresses = ['taro@aoba.example', 'taro@yamada.example', 'new@aoba.example']
  const members = addresses.map(address => `taro,individual,山田 太郎,,ja,,${address}\n`).join('')
  const header = 'login_id,kind,name,contact_email,language,password_hash,address\n'
  const imported = await mypage(url, 'members', 'import', file('members.csv', header + members))
  assert.equal(imported.code, 0, imported.stderr)
  const before = await scope('unmatched', 'outage')
  assert.match(
    before.stdout,
    / {2}owned by nobody when it was loaded, but now; loading the same files again matches it: 1\n {4}aoba\.example: 1\n/
  )
  assert.match((await scope('load', 'outage', lostMail)).stdout, /recipients with an owner now: 1/)
  const after = await scope('unmatched', 'outage')
  assert.match(after.stdout, /^Recipients that version 2 has apart/)
  assert.doesNotMatch(after.stdout, /when it was loaded/)
  const affected = await db
    .selectFrom('affected_addresses')
    .select('account_id')
    .where('email', '=', 'new@aoba.example')
    .executeTakeFirstOrThrow()
  assert.equal(affected.account_id, ids.taro)
})

test('where all are matched, that is said', async () => {
  const matched = file('matched.csv', 'recipient\nhanako@aoba.example\n')
  await scope('load', 'outage', matched)
  assert.equal((await scope('unmatched', 'outage')).stdout, 'All recipients of version 3 are matched.\n')
})
