import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from '../helpers/desk.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { addAffected } from '../helpers/notice-faults.ts'
import { openTestPortal, post } from '../helpers/portal.ts'
import { addStaff, codeNow, letConfirmationsAge, signInStaff } from '../helpers/staff.ts'
import { mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
const file = temporaryFiles()
const { url: SMTP_URL, mails } = await openMailServer()
const notices = (...args: string[]) =>
  mypageWith({ SMTP_URL, MAIL_FROM: 'notice@aoba.example' }, url, 'notices', ...args)
await addAffected(pool, 8)
await addStaff(db, 'operator', 'operator')
await addStaff(db, 'agent', 'support')
const cookie = `${await signInStaff(app, db, 'operator')}; language=en`
const page = '/desk/incidents/outage/notices'
const broke = 'Connection closed unexpectedly'
const ended = 'the worker ended while the message was under way'
await notices('plan', 'outage')
await notices('send', 'outage')
// As if the connection had broken after the dot of six, and a worker had been killed during two.
await pool.query(`update notices set state = 'unknown', response = case when id <= 6 then $1 else $2 end`, [
  broke,
  ended
])

const read = async (path = page) => textOf((await app.inject({ url: path, headers: { cookie } })).body)
const states = async () => {
  const { rows } = await pool.query('select id, state, attempts from notices order by id')
  return rows.map(({ id, state, attempts }) => `${id} ${state} ${attempts}`)
}
const until = async () =>
  (
    await pool.query(`select max(ended_at) as until from notices where state = 'unknown'`)
  ).rows[0].until.toISOString()
const decide = async (form: Record<string, string | string[]>, who = cookie) =>
  post(app, `${page}/unknown`, { cause: broke, until: await until(), grounds: 'they called', ...form }, who)

test('nothing is decided without a code, a reason and a choice, nor by who may not', async () => {
  const before = await states()
  assert.match(
    await read(),
    /Connection closed unexpectedly \(6\)[^]*the worker ended while the message was under way \(2\)/
  )
  const agent = await signInStaff(app, db, 'agent')
  assert.equal((await decide({ decision: 'arrived', all: 'yes' }, agent)).statusCode, 403)
  for (const wrong of [
    { decision: 'again', grounds: ' ' },
    { decision: 'forget' },
    { decision: 'again', all: 'yes', until: '2017-99-99T99:99:99.999Z' },
    { decision: 'again', id: 'x' }
  ])
    assert.equal((await decide(wrong)).statusCode, 400)
  await letConfirmationsAge(db)
  const refused = await decide({ decision: 'again', all: 'yes' })
  assert.equal(refused.statusCode, 400)
  assert.match(refused.body, /value="they called"/, 'what was typed is kept')
  assert.deepEqual(await states(), before)
})

test('one arrived, one is sent again under the same Message-ID, one is given up and stands in the rest', async () => {
  const code = await codeNow(db, 'operator')
  assert.equal((await decide({ decision: 'arrived', id: '1', code })).statusCode, 303)
  assert.equal((await decide({ decision: 'again', id: '2' })).statusCode, 303)
  assert.equal(
    (await decide({ decision: 'given up', id: '3', grounds: 'the mailbox is closed' })).statusCode,
    303
  )
  assert.equal((await decide({ decision: 'arrived', id: '2' })).statusCode, 303, 'too late: it is settled')
  assert.deepEqual((await states()).slice(0, 4), ['1 accepted 1', '2 planned 1', '3 failed 1', '4 unknown 1'])
  const first = mails.find(({ to }) => to.startsWith('m2@'))
  await notices('send', 'outage')
  const again = mails.filter(({ to }) => to.startsWith('m2@'))
  assert.deepEqual(
    again.map(({ messageId }) => messageId),
    [first?.messageId, first?.messageId]
  )
  assert.equal(mails.length, 9)
  assert.equal((await states())[1], '2 accepted 2')
  const { stdout } = await notices('rest', 'outage', '--out', file('rest.csv', ''))
  assert.match(stdout, /^6 addresses/)
})

test('all of one cause are settled together, and those of another are not', async () => {
  assert.equal((await decide({ decision: 'given up', all: 'yes', grounds: 'too old' })).statusCode, 303)
  assert.deepEqual((await states()).slice(3), [
    ...['4 failed 1', '5 failed 1', '6 failed 1', '7 unknown 1', '8 unknown 1']
  ])
  await decide({ decision: 'arrived', all: 'yes', cause: ended, until: '2017-04-13T20:06:00.000Z' })
  assert.equal((await states())[6], '7 unknown 1', 'became unknown after the page was looked at')
  await decide({ decision: 'arrived', all: 'yes', cause: ended })
  assert.doesNotMatch(await read(), /Not known whether/)
  assert.match(await read(), /8 of 8 accounted for/)
})

test('one of an earlier publication is not sent again: it would tell what no longer holds', async () => {
  await pool.query(`update notices set state = 'unknown', response = $1 where id = 8`, [ended])
  await pool.query(`insert into publications (incident_id, scope_id, published_by, others_from, others_to)
    values (1, 1, 'test', 'not_affected', 'not_affected')`)
  assert.equal((await decide({ decision: 'again', id: '8', cause: ended })).statusCode, 303)
  assert.equal((await states())[7], '8 cancelled 1')
  const { stdout } = await notices('plan', 'outage')
  assert.match(stdout, /^1 notices of 1 addresses are planned/m, 'another plan tells its reader')
})

test('each decision is in the audit, as a sentence with its reason', async () => {
  const told = await read('/desk/audit')
  for (const sentence of [
    'Decided that notices arrived: 1. they called',
    'Decided to send notices again: 1. they called',
    'Gave up notices: 1. the mailbox is closed',
    'Gave up notices: 3. too old',
    'Decided that notices arrived: 2. they called'
  ])
    assert.ok(told.includes(sentence), sentence)
})
