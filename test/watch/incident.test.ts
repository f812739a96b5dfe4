import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage } from '../helpers/terminal.ts'
import { append, discarded, minutes, watch, watchFolder, watchOnce, words, write } from '../helpers/watch.ts'

const { db, url } = await openTestDatabase()
const settings = { DATABASE_URL: url, PORTAL_SECRET: 'a secret of the tests, long enough to be one' }
const folder = watchFolder()
const lines = (end: number) => [
  ...minutes(0, 130),
  ...minutes(130, end, at => discarded(at % 2 ? 'hanako@aoba.example' : 'a@customer.example'))
]

function incidents() {
  return db
    .selectFrom('incidents')
    .innerJoin('incident_domains', 'incident_id', 'id')
    .select(['slug', 'state', 'starts_at', 'ends_at', 'zone', 'domain'])
    .orderBy('slug')
    .execute()
}

test('an alarm opens one draft incident, whose window grows, and which is left alone when it is none any more', async () => {
  await addCast(db)
  const slug = 'watch-2026-11-20-0210-discarded-by-transport'
  const draft = { slug, state: 'draft', zone: 'UTC', domain: 'aoba.example' }
  const starts_at = new Date('2026-11-20T02:10:10Z')
  const short = await watchOnce([write(path.join(folder, 'short.log'), lines(133)), '--incident'], settings)
  assert.match(short.stdout, new RegExp(`Incident ${slug} is a draft\\.`))
  assert.deepEqual(await incidents(), [{ ...draft, starts_at, ends_at: new Date('2026-11-20T02:11:41Z') }])

  // The next word of the alarm comes five minutes after the first.
  const again = [write(path.join(folder, 'long.log'), lines(140)), '--incident']
  await watchOnce(again, settings)
  const ends_at = new Date('2026-11-20T02:16:41Z')
  assert.deepEqual(await incidents(), [{ ...draft, starts_at, ends_at }])

  await mypage(url, 'incident', 'publish', slug)
  await watchOnce([write(path.join(folder, 'longer.log'), lines(150)), '--incident'], settings)
  assert.deepEqual(await incidents(), [{ ...draft, state: 'published', starts_at, ends_at }])
})

test('the name of an incident has none out of the log', async () => {
  const wrong = { to: 'hanako@aoba.example', program: 'smtp', relay: 'secret.customer.example[192.0.2.7]:25' }
  const stray = minutes(480, 490, () => ({ ...wrong, status: 'sent (250 2.0.0 Ok)' }))
  const log = write(path.join(folder, 'stray.log'), [...minutes(0, 480), ...stray])
  const { stdout } = await watchOnce([log, '--incident'], settings)
  assert.match(stdout, /^Incident watch-2026-11-20-0800-relay is a draft\.$/m)
})

test('Ctrl-C ends the watching, not only the work with the database', async () => {
  const log = write(path.join(folder, 'live.log'), lines(130))
  const watched = watch([log, '--incident'], settings)
  await watched.says(/Watching/)
  append(log, lines(140).slice(lines(130).length))
  await watched.says(/Incident watch-\S+ is a draft/)
  await watched.stop()
  assert.equal(watched.code, 0)
})

test('without a database alarms are told all the same', async () => {
  const watched = await watchOnce([write(path.join(folder, 'alone.log'), lines(140)), '--incident'])
  assert.match(watched.stderr, /Alarms are told without a draft incident for now: /)
  assert.equal(words(watched)[0], 'ALARM  Mail is lost: discarded by transport')
})
