import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inferYear, longQueueIdTime, yearFromEvidence } from '../../src/maillog/year.ts'

const now = new Date('2027-02-10T00:00:00Z')

function infer(stamp: string, changed: string, next?: string) {
  const { year, sure } = inferYear({ stamp, next, mtime: new Date(changed), zone: 'Asia/Tokyo', now })
  return [year, sure]
}

describe('the year of a file', () => {
  test('is that of its last change, when its last line is about as old', () => {
    assert.deepEqual(infer('Nov 15 06:25:01', '2026-11-22T03:00:00Z', 'Nov 22 11:59:58'), [2026, true])
    assert.deepEqual(infer('Nov 15 06:25:01', '2026-11-22T03:00:00Z'), [2026, true])
  })

  test('is the one before, when the last line is of January', () => {
    assert.deepEqual(infer('Dec 27 06:25:01', '2027-01-03T03:00:00Z', 'Jan  3 11:59:58'), [2026, true])
    assert.deepEqual(infer('Dec 27 06:25:01', '2027-01-03T03:00:00Z'), [2026, true])
  })

  test('is in doubt when the file was changed long after', () => {
    assert.deepEqual(infer('Nov 15 06:25:01', '2027-02-01T03:00:00Z', 'Nov 22 11:59:58'), [2026, false])
    assert.deepEqual(infer('Nov 15 06:25:01', '2026-11-10T03:00:00Z', 'Nov 22 11:59:58'), [2025, false])
  })

  test('is not one to come, whatever the file system says', () => {
    assert.deepEqual(infer('Nov 15 06:25:01', '2031-01-01T00:00:00Z', 'Nov 22 11:59:58'), [2026, false])
  })

  test('had a 29th of February where there is one', () => {
    assert.deepEqual(infer('Feb 29 06:25:01', '2027-01-01T00:00:00Z'), [2024, false])
    assert.deepEqual(infer('Feb 29 06:25:01', '2024-03-01T00:00:00Z'), [2024, true])
  })

  test('is written in some', () => {
    assert.deepEqual(infer('2019-11-15T06:25:01+09:00', '2026-11-22T03:00:00Z'), [2019, true])
  })

  test('comes with its reason', () => {
    const mtime = new Date('2027-02-01T03:00:00Z')
    const { why } = inferYear({ stamp: 'Nov 15 06:25:01', mtime, zone: 'Asia/Tokyo', now })
    assert.equal(why, 'the file was changed on 2027-02-01, which is far from "Nov 15 06:25:01"')
  })
})

describe('the year that Postfix itself wrote', () => {
  test('is in a message-id that it made', () => {
    const head = `Nov 22 10:40:10 mx1 postfix/pickup[901]: 4F2B31C0A1: uid=0 from=<root>
Nov 22 10:40:10 mx1 postfix/cleanup[902]: 4F2B31C0A1: message-id=<20191122014010.4F2B31C0A1@mx1.example>
`
    assert.equal(yearFromEvidence(head), 2019)
  })

  test('is not that of the file when its first line is of December', () => {
    const head = `Dec 31 23:59:10 mx1 postfix/anvil[901]: statistics: max connection rate 1/60s for (smtp:192.0.2.1)
Jan  1 10:40:10 mx1 postfix-out/cleanup[902]: 4F2B31C0A1: message-id=<20200101014010.4F2B31C0A1@mx1.example>
`
    assert.equal(yearFromEvidence(head), 2019)
  })

  test('is in long queue IDs', () => {
    assert.equal(
      yearFromEvidence('<22>Nov 22 10:40:12 mx1 postfix/qmgr[902]: 4jXBbG0sf8z9HdB: removed\n'),
      2026
    )
  })

  test('is not what a client wrote into a message-id, nor what other IDs look like', () => {
    const head = `Nov 22 10:40:10 mx1 postfix/cleanup[902]: 4F2B31C0A1: message-id=<20191122014010.AAAAAAAAAA@mx1.example>
Nov 22 10:40:10 mx1 postfix/cleanup[902]: 4F2B31C0A2: message-id=<x>, message-id=<20191122014010.4F2B31C0A2@x>
Jun 22 10:40:12 mx1 postfix/qmgr[902]: 4jXBbG0sf8z9HdB: removed
`
    assert.equal(yearFromEvidence(head), undefined)
  })
})

test('a long queue ID tells when its message came', () => {
  // Of postconf(5); it was new in the third week of March 2011.
  assert.equal(new Date(longQueueIdTime('3Pt2mN2VXxznjll') ?? 0).toISOString(), '2011-03-20T14:31:48.353Z')
  assert.equal(new Date(longQueueIdTime('4jXBbG0sf8z9HdB') ?? 0).toISOString(), '2026-11-22T01:40:10.123Z')
  for (const id of [
    '4F2B31C0A1',
    '4jXBbG0sf8',
    '4jXBbG0sf8z',
    '4jXBbGzzzzz9HdB',
    '4jXBaG0sf8z9HdB',
    'zzzz',
    ''
  ]) {
    assert.equal(longQueueIdTime(id), undefined, id)
  }
})
