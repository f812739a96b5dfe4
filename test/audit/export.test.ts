import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openTestPortal } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const { app, db, pool } = await openTestPortal()
const events = 150_000
await addStaff(db, 'operator', 'operator')
await pool.query('alter table audit_events disable trigger user')
await pool.query(
  `insert into audit_events (id, at, hash, actor_kind, actor, action) overriding system value
   select number, now(), sha256('x'), 'command', 'root', 'event ' || number from generate_series(1, $1::int) number`,
  [events]
)
await pool.query('alter table audit_events enable trigger user')
await pool.query('update audit_head set events = $1', [events])
// As the server does by itself after a while.
await pool.query('analyze audit_events')
const cookie = await signInStaff(app, db, 'operator')
await app.listen({ port: 0 })
const { port } = app.server.address() as AddressInfo

async function download(): Promise<IncomingMessage> {
  const type = 'application/x-www-form-urlencoded'
  const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': type }
  const asking = request({ port, path: '/desk/audit/events.csv', method: 'POST', headers }).end()
  const [response] = await once(asking, 'response')
  return response
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** Megabytes that are in use after the garbage is gone. */
function heap(): number {
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

test('every event once, the newest first, in constant memory', async () => {
  const before = heap()
  let [lines, highest, rest, first] = [0, 0, '', '']
  for await (const chunk of (await download()).setEncoding('utf8')) {
    const parts = (rest + chunk).split('\r\n')
    rest = parts.pop() ?? ''
    first ||= parts[1]?.split(',')[0] ?? ''
    lines += parts.length
    if (lines % 50_000 < parts.length) highest = Math.max(highest, heap())
  }
  // The login and the download itself are events too.
  assert.equal(lines, 1 + events + 2)
  assert.equal(first, String(events + 2))
  assert.ok(highest - before < 20, `grew by ${Math.round(highest - before)} MB`)
})

test('a client that does not read holds back the reading of the table', async () => {
  const response = await download()
  let quiet = 0
  for (let tries = 0; tries < 200 && quiet < 6; tries++) {
    await pause(50)
    const { rows } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and state <> 'idle'
         and backend_type = 'client backend' and pid <> pg_backend_pid()`
    )
    quiet = rows.length === 0 ? quiet + 1 : 0
  }
  assert.equal(quiet, 6)
  let length = 0
  for await (const chunk of response) length += chunk.length
  assert.ok(length > 15_000_000, 'it goes on when it is read')
})
