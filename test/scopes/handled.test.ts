import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')

const at = '2017-04-13T20:10:00+09:00'
const handledAt = new Date('2017-04-20T01:02:03Z')

async function publishVersion(version: number, rows: string[]) {
  const header = 'recipient,received_at,sender,message_id,size,queue_id'
  const lostMail = file(`version-${version}.csv`, [header, ...rows, ''].join('\n'))
  const loaded = await mypage(url, 'scope', 'load', 'outage', lostMail)
  assert.equal(loaded.code, 0, loaded.stderr)
  return mypage(url, 'scope', 'publish', 'outage', String(version))
}

test('messages marked as handled stay so in the next version, others do not become so', async () => {
  await publishVersion(1, [
    `hanako@aoba.example,${at},by-queue@x.example,,,Q1`,
    `hanako@aoba.example,${at},not-handled@x.example,,,Q2`,
    `hanako@aoba.example,${at},by-message@x.example,<1@x.example>,,`,
    `hanako@aoba.example,${at},no-id@x.example,,10,`,
    `hanako@aoba.example,${at},other-queue@x.example,<2@x.example>,,Q3`,
    `hanako@aoba.example,2017-04-13T20:11:00+09:00,other-time@x.example,,,Q4`,
    `taro@aoba.example,${at},by-queue@x.example,,,Q5`
  ])
  await db
    .updateTable('lost_messages')
    .set({ handled_at: handledAt })
    .where('email', '=', 'hanako@aoba.example')
    .where('sender', '<>', 'not-handled@x.example')
    .execute()
  const { stdout } = await publishVersion(2, [
    `hanako@aoba.example,${at},by-queue@x.example,,,Q1`,
    `hanako@aoba.example,${at},not-handled@x.example,,,Q2`,
    `hanako@aoba.example,${at},by-message@x.example,<1@x.example>,,Q9`,
    `hanako@aoba.example,${at},no-id@x.example,,10,`,
    `hanako@aoba.example,${at},no-id@x.example,,11,`,
    `hanako@aoba.example,${at},other-queue@x.example,<2@x.example>,,Q8`,
    `hanako@aoba.example,2017-04-13T20:12:00+09:00,other-time@x.example,,,Q4`,
    `taro@aoba.example,${at},by-queue@x.example,,,Q1`
  ])
  assert.equal(
    stdout,
    'Scope version 2 is published in place of 1.\nMessages that stay marked as handled: 3\n'
  )
  const handled = await db
    .selectFrom('lost_messages')
    .innerJoin('scopes', 'scopes.id', 'scope_id')
    .select(['email', 'sender', 'size', 'handled_at'])
    .where('version', '=', 2)
    .where('handled_at', 'is not', null)
    .orderBy('sender')
    .execute()
  const email = 'hanako@aoba.example'
  assert.deepEqual(handled, [
    { email, sender: 'by-message@x.example', size: null, handled_at: handledAt },
    { email, sender: 'by-queue@x.example', size: null, handled_at: handledAt },
    { email, sender: 'no-id@x.example', size: '10', handled_at: handledAt }
  ])
})
