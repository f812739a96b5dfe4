import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostMail, openDesk } from '../helpers/desk.ts'
import { addIncident, summaryOf } from '../helpers/incident.ts'

const { db, ids, cookies, app, read, send, upload, loaded } = await openDesk({ FOUR_EYES: 'off' })
await addIncident(db, 'outage')
const scopes = '/desk/incidents/outage/scopes'

const first = lostMail(
  'hanako@aoba.example 20:10',
  'hanako@aoba.example 20:14',
  'info@aoba-net.example 20:15'
)
await upload('outage', { 'first.csv': first })
await loaded()
await send(`${scopes}/1/publish`, { against: '0' })

const second = lostMail(
  ...['hanako@aoba.example 20:10', 'taro@aoba.example 20:14', 'taro@aoba.example 22:24'],
  ...['gone@aoba.example 20:20', 'taro@yamada.example 20:20', 'sales@aoba-net.example 19:00']
)
const gaps = [{ from: '20:30:00', to: '20:45:00', reason: 'silence' }]
await upload('outage', {
  'mx1.csv': second,
  'mx1.summary.json': summaryOf(second, [
    { host: 'mx1', first: '20:00:00', last: '22:30:00', gaps },
    { host: 'mx2', first: '20:00:00', last: '22:30:00' }
  ])
})
await loaded()

async function claim(loginId: string, email: string, time: string, sender: string) {
  const { id } = await db.selectFrom('incidents').select('id').executeTakeFirstOrThrow()
  const expected_at = new Date(`2017-04-13T${time}:00+09:00`)
  await db
    .insertInto('lost_mail_claims')
    .values({ account_id: String(ids[loginId]), incident_id: id, email, expected_at, sender })
    .execute()
}

test('totals, domains, times and what is apart are what the file holds', async () => {
  const page = await read(`${scopes}/2`)
  assert.match(page, /Affected addresses 2 Lost messages 3 Rows 6 Gaps in the logs 1/)
  assert.match(page, /By domain Domain Affected addresses Lost messages aoba\.example 2 3/)
  assert.match(page, /When it was lost, by 5 minutes/)
  assert.match(page, /Time Messages 20:10–20:15 2 22:20–22:25 1/i)
  assert.match(page, /owned by nobody 1 on a domain that is not concerned 1 received outside the window 1/)
  assert.match(page, /gone@aoba\.example owned by nobody/)
  assert.match(page, /mx1\.csv 6 told by a summary [0-9a-f]{64}/)
})

test('gaps are drawn on the window of each host, and listed', async () => {
  const answer = await app.inject({ url: `${scopes}/2`, headers: { cookie: cookies.sato } })
  const bars = [...answer.body.matchAll(/<rect class="gap" x="([\d.]+)" y="0" width="([\d.]+)"/g)]
  // 24 of 139 minutes after the start, 15 minutes long, on a drawing 720 wide.
  assert.deepEqual(
    bars.map(([, x, width]) => [x, width]),
    [['124.3', '77.7']]
  )
  assert.match(await read(`${scopes}/2`), /2017-04-13 20:30:00 – 2017-04-13 20:45:00 mx1 silence/)
})

test('a version is compared with the published one, with samples', async () => {
  const page = await read(`${scopes}/2`)
  assert.match(
    page,
    /Against the published version 1 Domain Added Removed Other counts or times Another owner aoba\.example 1 0 1 0 aoba-net\.example 0 1 0 0/
  )
  assert.match(
    page,
    /taro@aoba\.example Added – → 2 hanako@aoba\.example Other counts or times 2 → 1 info@aoba-net\.example Removed 1 → –/
  )
  assert.match(page, /Affected Not yet determined 1/i)
})

test('what members claim is grouped by hour and domain, without names of senders', async () => {
  assert.match(await read(`${scopes}/2`), /Nobody has said so/)
  await claim('hanako', 'hanako@aoba.example', '20:05', 'yoko@MAIL.example')
  await claim('hanako', 'hanako@aoba.example', '20:40', 'a friend of mine')
  await claim('A0012345', 'info@aoba-net.example', '20:50', '<script>@x.example')
  await claim('taro', 'taro@aoba.example', '22:10', 'bank@bank.example')
  const page = await read(`${scopes}/2`)
  assert.match(page, /Claims: 4, addresses that claim: 3, of these affected by this version: 2/)
  assert.match(
    page,
    /Thu, 13 April 2017 20:00 aoba-net\.example 1 1 0 2 Thu, 13 April 2017 20:00 aoba\.example 2 1 1 2 Thu, 13 April 2017 22:00 aoba\.example 1 1 1 1/
  )
  assert.match(
    page,
    /2017-04-13 22:10:00 aoba\.example bank\.example 2017-04-13 20:50:00 aoba-net\.example x\.example/
  )
  assert.match(page, /2017-04-13 20:40:00 aoba\.example – 2017-04-13 20:05:00 aoba\.example mail\.example/)
  assert.doesNotMatch(page, /yoko|friend/)
})

test('a version of files of recipients alone has no times to show', async () => {
  await upload('outage', { 'names.csv': 'recipient\nhanako@aoba.example\n' })
  await loaded()
  const page = await read(`${scopes}/3`)
  assert.match(page, /Affected addresses 1 Lost messages unknown/)
  assert.match(page, /The files tell no times/)
})
