import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()

async function stateOf(slug: string) {
  const found = await db.selectFrom('incidents').select('state').where('slug', '=', slug).executeTakeFirst()
  return found?.state
}

test('an incident is listed, published and closed', async () => {
  assert.match((await mypage(url, 'incident', 'list')).stdout, /There are no incidents/)
  await addIncident(db, 'outage')
  assert.match((await mypage(url, 'incident', 'close', 'outage')).stderr, /is a draft/)
  assert.equal(await stateOf('outage'), 'draft')
  assert.match((await mypage(url, 'incident', 'publish', 'outage')).stdout, /is published\./)
  assert.equal(await stateOf('outage'), 'published')
  assert.match((await mypage(url, 'incident', 'publish', 'outage')).stdout, /is published already/)
  const { stdout } = await mypage(url, 'incident', 'list')
  assert.equal(
    stdout,
    'outage  published  no published scope\n' +
      '  Lost mail\n' +
      '  2017-04-13 20:06:00 to 2017-04-13 22:25:00 Asia/Tokyo\n' +
      '  aoba-mail.example, aoba-net.example, aoba.example\n'
  )
  assert.match((await mypage(url, 'incident', 'close', 'outage')).stdout, /is closed\./)
  assert.equal(await stateOf('outage'), 'closed')
})

test('an unknown incident is a failure that names those there are', async () => {
  const { code, stderr } = await mypage(url, 'incident', 'publish', 'outrage')
  assert.equal(code, 1)
  assert.equal(stderr, 'There is no incident "outrage". There are: outage.\n')
})
