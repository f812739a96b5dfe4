import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openOutage } from '../helpers/outage.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, pool, url, base } = await openOutage()
for (const id of ['one', 'other', 'third']) await addStaff(db, id, 'operator')

/** A stream as a browser would open it, and what came of it so far. */
async function watch(id: string, session?: string) {
  const cookie = session ?? (await signInStaff(app, db, id))
  const request = get(`${base}/desk/live/events`, { headers: { cookie, 'accept-language': 'en' } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const got = { text: '', ended: false }
  response.setEncoding('utf8').on('data', text => (got.text += text))
  response.on('close', () => (got.ended = true)).on('error', () => {})
  return { request, response, got, cookie }
}

async function until(what: () => boolean, seconds: number) {
  for (let waited = 0; waited < seconds * 1_000; waited += 50) {
    if (what()) return
    await pause(50)
  }
  assert.fail('it did not happen in time')
}

const eventsIn = (text: string) => text.split('\n\n').filter(event => event.startsWith('data: '))

test('a fragment of HTML comes every 2 s, in the reader’s language', async () => {
  const { request, response, got } = await watch('one')
  assert.equal(response.headers['content-type'], 'text/event-stream')
  assert.equal(response.headers['cache-control'], 'no-store')
  await until(() => eventsIn(got.text).length >= 2, 6)
  assert.match(got.text, /^retry: 2000\n\n/)
  assert.match(eventsIn(got.text)[1] ?? '', /Members who have seen their result/)
  request.destroy()
})

test('who is disabled gets nothing more', async () => {
  const { got } = await watch('other')
  await until(() => eventsIn(got.text).length >= 1, 4)
  await mypage(url, 'staff', 'disable', 'other')
  await until(() => got.ended, 4)
  assert.match(got.text, /event: over\ndata:\n\n$/)
})

test('to watch is no activity: the session ends all the same', async () => {
  const { got, cookie } = await watch('third')
  const ago = (minutes: number) =>
    pool.query(`update staff_sessions set last_seen_at = now() - make_interval(mins => $1)`, [minutes])
  await ago(14)
  await until(() => eventsIn(got.text).length >= 3, 8)
  const again = get(`${base}/desk/live/events`, { headers: { cookie } })
  const [response] = (await once(again, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  again.destroy()
  const { rows } = await pool.query(`select count(*)::int as seen from staff_sessions
    where last_seen_at > now() - interval '13 minutes'`)
  assert.equal(rows[0].seen, 0)
  await ago(16)
  await until(() => got.ended, 4)
})

test('ten who watch cost no more questions than one, and a stop ends their streams at once', async () => {
  const cookie = await signInStaff(app, db, 'one')
  const streams = await Promise.all(Array.from({ length: 10 }, () => watch('one', cookie)))
  await pause(500)
  const calls = async () => {
    const { rows } = await pool.query(`select coalesce(sum(idx_scan + seq_scan), 0)::int as scans
      from pg_stat_all_tables where relname = 'login_queues'`)
    return rows[0].scans as number
  }
  await pause(1_500)
  const before = await calls()
  await pause(6_000)
  const asked = (await calls()) - before
  assert.ok(asked >= 1 && asked <= 5, `the queues were read ${asked} times in 6 s`)
  const begun = performance.now()
  await app.close()
  assert.ok(performance.now() - begun < 2_000, 'the stop waited for the streams')
  await until(() => streams.every(({ got }) => got.ended), 2)
})
