import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendThroughFaults } from '../helpers/notice-faults.ts'
import { stages } from '../helpers/smtp-sink.ts'

test('killed workers, broken connections and a restarted database: none missing, none twice', async () => {
  const survived = await sendThroughFaults({ notices: 200, kills: 4, restarts: 1, breaks: 0.03, seed: 1 })
  assert.deepEqual(survived.missing, [], 'the ledger says accepted, and the mail server has none')
  assert.deepEqual(survived.twice, [], 'the mail server has it twice, or the ledger does not know')
  assert.deepEqual(survived.untold, [], 'broke after the final dot, and is not called unknown')
  assert.equal(survived.left, 0)
  assert.equal(survived.accepted, 200)
  assert.equal(survived.restarts, 1)
  assert.ok(survived.kills >= 2)
  for (const stage of stages) assert.ok(survived.broken[stage] > 0, stage)
})
