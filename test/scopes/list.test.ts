import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident, summaryOf } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')

test('without a scope the list says how to load one', async () => {
  const { stdout } = await mypage(url, 'scope', 'list', 'outage')
  assert.equal(stdout, 'There is no scope. Next: mypage scope load outage FILE\n')
})

test('all versions are listed with totals, files, logs and gaps, in the zone of the incident', async () => {
  const lost = 'recipient,received_at\nhanako@aoba.example,2017-04-13T20:10:00+09:00\n'
  await mypage(url, 'scope', 'load', 'outage', file('told-by-hand.csv', lost))
  await mypage(url, 'scope', 'publish', 'outage', '1')
  const gaps = [{ from: '21:00:00', to: '21:10:00', reason: 'suppressed' }]
  const host = { host: 'mx1', first: '00:00:00', last: '23:59:59', gaps }
  file('scanned.summary.json', summaryOf(lost, [host]))
  await mypage(url, 'scope', 'load', 'outage', file('scanned.csv', lost))
  const at = new Date('2017-04-20T01:02:03Z')
  await db.updateTable('scopes').set({ created_at: at, created_by: 'mika' }).execute()
  await db.updateTable('scopes').set({ published_at: at }).where('version', '=', 1).execute()
  const { stdout } = await mypage(url, 'scope', 'list', 'outage')
  const totals = `  rows: 1
  lost messages: 1
  affected addresses: 1
  apart, owned by nobody: 0
  apart, on a domain that the incident does not concern: 0
  apart, received outside the window: 0
  twice, counted once: 0
`
  assert.equal(
    stdout.replaceAll(/[0-9a-f]{64}/g, '…'),
    `version 1  published
  loaded 2017-04-20 10:02:03 by mika
  published 2017-04-20 10:02:03 by ${userInfo().username}
${totals}  told-by-hand.csv: 1 rows, logs not told, sha256 …
version 2  draft
  loaded 2017-04-20 10:02:03 by mika
${totals}  scanned.csv: 1 rows, sha256 …
  log of mx1: 1,000 lines, 2017-04-13 00:00:00 to 2017-04-13 23:59:59
  not covered: 2017-04-13 21:00:00 to 2017-04-13 21:10:00 (mx1: suppressed)
Times are in Asia/Tokyo.
`
  )
})
