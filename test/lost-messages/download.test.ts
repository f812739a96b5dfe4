import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get as httpGet, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openTestPortal, setPassword, signIn } from '../helpers/portal.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool } = await openTestPortal()
await addCast(db)
await setPassword(db, 'hanako', 'right')
await addIncident(db, 'outage')
const lost = 'recipient,received_at\nhanako@aoba.example,2017-04-13T11:07:08Z\n'
await publishScope({ db, pool }, 'outage', temporaryFiles()('lost.csv', lost))
// Larger than any buffer. Three messages share each microsecond, so that many batches end among equals.
await pool.query(
  `insert into lost_messages (account_id, scope_id, email, received_at, message_id)
   select account_id, scope_id, email, received_at + number / 3 * interval '1 microsecond',
     'm' || number || repeat('-', 300)
   from lost_messages, generate_series(1, 60000) as number`
)
const cookie = await signIn(app, 'individual', 'hanako', 'right')
const page = '/mypage/incidents/outage'
await app.listen({ port: 0 })
const { port } = app.server.address() as AddressInfo

const { id } = await db
  .selectFrom('addresses')
  .select('id')
  .where('email', '=', 'hanako@aoba.example')
  .executeTakeFirstOrThrow()
const path = `${page}/lost-mail.csv?address=${id}`

async function open(): Promise<IncomingMessage> {
  const [response] = await once(httpGet({ port, path, headers: { cookie } }), 'response')
  assert.equal(response.statusCode, 200)
  return response
}

/** Whether all connections to the database are soon idle, and stay so. */
async function isQuiet(): Promise<boolean> {
  for (let quiet = 0, tries = 0; tries < 200; tries++) {
    await pause(50)
    const { rows } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and state <> 'idle'
         and backend_type = 'client backend' and pid <> pg_backend_pid()`
    )
    quiet = rows.length === 0 ? quiet + 1 : 0
    if (quiet === 6) return true
  }
  return false
}

test('downloads that nobody reads hold no connection to the database, and are complete later', async () => {
  // More than the pool has connections.
  const downloads = await Promise.all(Array.from({ length: 7 }, open))
  assert.ok(await isQuiet())
  assert.equal((await app.inject({ url: page, headers: { cookie } })).statusCode, 200)
  const [download, ...others] = downloads
  assert.ok(download)
  let text = ''
  for await (const chunk of download.setEncoding('utf8')) text += chunk
  for (const other of others) other.destroy()
  const numbers = [...text.matchAll(/,m(\d+)-/g)].map(([, number]) => Number(number))
  assert.equal(numbers.length, 60_000)
  assert.ok(numbers.every((number, at) => number === at + 1))
})

test('nobody can start a download by asking for its head alone', async () => {
  assert.equal((await app.inject({ method: 'HEAD', url: path, headers: { cookie } })).statusCode, 404)
})
