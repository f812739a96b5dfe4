import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paceOf, type Standing } from '../../src/notices/pace.ts'

const standing: Standing = {
  ...{ rate: 30, domain_rate: null, allowance: 10, since: 0.5 },
  ...{ heeds_login: true, brake: 0, since_braked: 1e9, since_refused: null },
  ...{ wave_size: null, wave_left: null, wave_wait: -1 }
}

test('what may go out grows with the time, up to that of a second', () => {
  assert.equal(paceOf(standing).allowance, 25)
  assert.equal(paceOf({ ...standing, since: 3_600 }).allowance, 30)
  assert.equal(paceOf({ ...standing, rate: 0.1, allowance: 0, since: 1e9 }).allowance, 1)
})

test('a clock that is put back by an hour does not stop the sending for an hour', () => {
  const { allowance, wait } = paceOf({ ...standing, since: -3_600 })
  assert.equal(allowance, 10)
  assert.equal(wait, 0)
})
