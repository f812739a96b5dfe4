import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { buildApp } from '../../src/app.ts'
import { openPortal } from '../../src/web/portal.ts'
import { lostMail, openDesk, workingAt } from '../helpers/desk.ts'
import { addIncident } from '../helpers/incident.ts'

const place = mkdtempSync(path.join(tmpdir(), 'mypage-place-'))
process.env.TMPDIR = place
after(() => rmSync(place, { recursive: true, force: true }))

const { db, url, config, cookies, read, upload, loaded } = await openDesk()
await addIncident(db, 'outage')

test('a process that ends gives up its loads: nothing was loaded, nothing is left, and the page says so', async () => {
  const other = openPortal(config, url)
  const app = await buildApp(other.portal)
  const rows = Array(20_000).fill('hanako@aoba.example 20:10')
  // The second one waits for its turn.
  for (const name of ['large.csv', 'second.csv']) {
    const { statusCode } = await workingAt({ app, db, cookies }).upload('outage', {
      [name]: lostMail(...rows)
    })
    assert.equal(statusCode, 303)
  }
  await app.close()
  await other.close()
  assert.deepEqual(readdirSync(place), [])
  assert.deepEqual(await db.selectFrom('scopes').select('id').execute(), [])
  assert.match(
    await read('/desk/incidents/outage'),
    /second\.csv .* It was interrupted\. .*large\.csv .* It was interrupted\. Nothing was loaded\./
  )
})

test('only as many reports are kept as the page shows', async () => {
  for (let number = 0; number < 6; number++) {
    const long = `${'メール'.repeat(60)}${number}`
    await upload('outage', { [`${number}${long}.csv`]: 'recipient\nnobody\n' })
    assert.equal((await loaded()).state, 'failed')
  }
  assert.equal((await db.selectFrom('desk_jobs').select('id').execute()).length, 5)
})
