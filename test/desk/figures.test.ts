import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostMail, openDesk } from '../helpers/desk.ts'
import { addIncident } from '../helpers/incident.ts'

const settings = { FOUR_EYES: 'off', REPORT_USERS: 2, REPORT_MINUTES: 139 }
const { app, db, cookies, read, send, upload, loaded } = await openDesk(settings)
await addIncident(db, 'outage')
const figures = '/desk/incidents/outage/figures'

async function publish(version: number, ...rows: string[]) {
  await upload('outage', { 'lost.csv': lostMail(...rows) })
  await loaded()
  const against = String(version - 1)
  const { statusCode } = await send(`/desk/incidents/outage/scopes/${version}/publish`, { against })
  assert.equal(statusCode, 303)
}

test('without a published version figures are not known', async () => {
  const page = await read(figures)
  assert.match(page, /Users affected not known yet/)
  assert.match(page, /By these thresholds a serious accident: not known/)
})

test('below the thresholds it says no', async () => {
  await publish(1, 'hanako@aoba.example 20:10')
  const page = await read(figures)
  assert.match(page, /Users affected 1 Affected addresses 1 Lost messages 1/)
  assert.match(page, /a serious accident: no \(2 users or more and 139 minutes or more\)/)
})

test('accounts, addresses and messages are counted, and the text is ready to copy in both languages', async () => {
  await publish(
    2,
    'hanako@aoba.example 20:10',
    'info@aoba-net.example 20:11',
    'sales@aoba-net.example 20:12',
    'info@aoba-net.example 20:13'
  )
  const page = await read(figures)
  assert.match(page, /Users affected 2 Affected addresses 3 Lost messages 4/)
  assert.match(page, /Start Thu, 13 April 2017 20:06:00 End Thu, 13 April 2017 22:25:00 Minutes 139/)
  assert.match(page, /a serious accident: yes/)
  assert.match(
    page,
    /発生日時：2017年4月13日（木）20:06:00 終了日時：2017年4月13日（木）22:25:00（日本標準時） 継続時間：139分/
  )
  assert.match(page, /Users affected: 2 Addresses affected: 3 Lost messages: 4 Scope version: 2/)
  const { published_at } = await db
    .selectFrom('publications')
    .select('published_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirstOrThrow()
  const stamp = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', timeStyle: 'medium' }).format(
    published_at
  )
  assert.match(page, new RegExp(`First verdicts published: .* ${stamp}`))
  const { body } = await app.inject({ url: figures, headers: { cookie: cookies.sato } })
  assert.match(body, /<textarea id="text-ja" rows="14" readonly/)
  assert.match(body, /data-copy="text-en"/)
})
