import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope, summaryOf } from '../helpers/incident.ts'
import { openTestPortal, setPassword, signIn } from '../helpers/portal.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
await addCast(db)
for (const id of ['hanako', 'taro']) await setPassword(db, id, 'right')
await addIncident(db, 'outage')
const file = temporaryFiles()
const hosts = [{ host: 'mx1', first: '19:00:00', last: '23:59:59' }]
const lostMail = (recipients: string[]) =>
  `recipient,received_at\n${recipients.map(recipient => `${recipient},2017-04-13T21:00:00+09:00\n`).join('')}`

/** A lost-mail file and the summary of its scan beside it. */
function scanned(name: string, recipients: string[], totals = {}) {
  const rows = lostMail(recipients)
  file(`${name}.summary.json`, JSON.stringify({ ...JSON.parse(summaryOf(rows, hosts)), totals }))
  return file(`${name}.csv`, rows)
}

const load = (lost: string) => mypage(url, 'scope', 'load', 'outage', lost)

test('recipients of a scan that are no addresses of customers are apart, and hold up nobody', async () => {
  const odd = ['root@mx1', 'user@[192.0.2.5]', `${'x'.repeat(70)}@aoba.example`, 'MAILER-DAEMON@mx1']
  const { code, stdout, stderr } = await load(scanned('odd', ['hanako@aoba.example', ...odd]))
  assert.equal(code, 0, stderr)
  assert.match(stdout, /affected addresses: 1\n/)
  assert.match(stdout, /apart, owned by nobody: 1\n/)
  assert.match(stdout, /apart, on a domain that the incident does not concern: 3\n/)
})

test('in a file that was written by hand the same is a mistake', async () => {
  const { code, stderr } = await load(file('hand.csv', lostMail(['hanako@aoba.example', 'root@mx1'])))
  assert.equal(code, 1)
  assert.match(stderr, /hand\.csv, line 3: "root@mx1" is not an e-mail address/)
})

test('who would own an address without its extension is in doubt, until it is known whose it is', async () => {
  const lost = scanned('extension', ['hanako@aoba.example', 'taro+news@aoba.example'])
  await publishScope({ db, pool }, 'outage', lost)
  const cookie = await signIn(app, 'individual', 'taro', 'right')
  const verdictOf = async () => {
    const { body } = await app.inject({ url: '/mypage', headers: { cookie, 'accept-language': 'en' } })
    return /<article class="card (\w+)">\s*<h3[^>]*>taro@aoba\.example/.exec(body)?.[1]
  }
  assert.equal(await verdictOf(), 'undetermined')
  // Nothing changed since: the same file is the same version.
  assert.match((await load(lost)).stdout, /This file is scope version \d already/)
  const { stdout } = await mypage(url, 'scope', 'unmatched', 'outage')
  assert.match(stdout, /it is an address of a member with an extension \(\+…\): 1\n {4}aoba\.example: 1\n$/)
  const { id } = await db
    .selectFrom('accounts')
    .select('id')
    .where('login_id', '=', 'hanako')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('addresses')
    .values({ account_id: id, email: 'taro+news@aoba.example', domain: 'aoba.example' })
    .execute()
  await publishScope({ db, pool }, 'outage', lost)
  assert.equal(await verdictOf(), 'not_affected')
})

test('mail that still waited when the logs ended is told', async () => {
  const lost = scanned('waiting', ['hanako@aoba.example'], {
    classes: { pending: { queued: 1_200, held: 34 } }
  })
  assert.match(
    (await load(lost)).stdout,
    /The mail of 1,234 recipients still waited when the logs ended, and counts as not lost\./
  )
})
