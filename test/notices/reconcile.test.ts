import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDatabase } from '../helpers/database.ts'
import { addAffected } from '../helpers/notice-faults.ts'
import { mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { url, pool } = await openTestDatabase()
const file = temporaryFiles()
const notices = (...args: string[]) => mypageWith({}, url, 'notices', ...args)
await addAffected(pool, 1)
await notices('plan', 'outage')

/** A log of Postfix with a message of somebody else each minute. */
function logOf(from: string, to: string) {
  const lines: string[] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += 60_000)
    lines.push(`${new Date(at).toISOString()} relay postfix/qmgr[100]: 3Q${lines.length}00000: removed\n`)
  return file(`${from.slice(11, 13)}.log`, lines.join(''))
}

test('what a worker left is planned again only where the log covers all the time since it was begun', async () => {
  // Killed at ten, found by the next worker an hour later.
  await pool.query(`update notices set state = 'unknown', attempts = 1, claimed_by = 'killed',
    claimed_at = '2026-11-20T10:00Z', ended_at = '2026-11-20T11:00Z'`)
  const rotated = await notices('reconcile', 'outage', logOf('2026-11-20T10:30Z', '2026-11-20T11:30Z'))
  assert.match(rotated.stdout, /planned again: 0$[^]*Still unknown: 1$/m)
  const whole = await notices('reconcile', 'outage', logOf('2026-11-20T09:50Z', '2026-11-20T11:30Z'))
  assert.match(whole.stdout, /planned again: 1$[^]*Still unknown: 0$/m)
})
