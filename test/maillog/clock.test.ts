import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Clock } from '../../src/maillog/clock.ts'

/** What a clock makes of stamps in the order of the lines, in UTC. */
function read(clock: Clock, ...stamps: string[]) {
  return stamps.map(stamp => {
    const time = clock.at(stamp)
    return Number.isNaN(time) ? undefined : new Date(time).toISOString()
  })
}

describe('a stamp', () => {
  test('of RFC 3164 is in the zone and has the year that was given', () => {
    assert.deepEqual(
      read(new Clock('Asia/Tokyo', 2026), 'Nov 22 10:40:10', 'Nov 22 10:40:11', 'Dec  1 00:00:00'),
      ['2026-11-22T01:40:10.000Z', '2026-11-22T01:40:11.000Z', '2026-11-30T15:00:00.000Z']
    )
  })

  test('of RFC 3339 has an offset, Z, or is in the zone', () => {
    const stamps = [
      '2026-11-22T10:40:13.123456+09:00',
      '2026-11-22T10:40:13.12Z',
      '2026-11-22T10:40:13',
      '2026-11-22T10:40:13.5',
      '2026-11-22T10:40:13-0330'
    ]
    assert.deepEqual(read(new Clock('Asia/Tokyo', undefined), ...stamps), [
      '2026-11-22T01:40:13.123Z',
      '2026-11-22T10:40:13.120Z',
      '2026-11-22T01:40:13.000Z',
      '2026-11-22T01:40:13.500Z',
      '2026-11-22T14:10:13.000Z'
    ])
  })

  test('may be written as Exim does, and with the year in front', () => {
    const stamps = ['2026-11-22 10:40:13', '2026-11-22 10:40:13.123 +0900', '2013 Jun 10 06:27:30.123']
    assert.deepEqual(read(new Clock('UTC', undefined), ...stamps), [
      '2026-11-22T10:40:13.000Z',
      '2026-11-22T01:40:13.123Z',
      '2013-06-10T06:27:30.123Z'
    ])
  })

  test('that is no time is NaN, and the next one is read all the same', () => {
    const stamps = [
      'Nov 22 10:40:6x',
      'Nov 22 10:40:61',
      'Nov 31 10:40:10',
      'Nov 22 24:00:00',
      'Nov 22 10:60:00',
      'Foo 22 10:40:10',
      'ovD 22 10:40:10',
      'Nov  0 10:40:10',
      '2026-13-22T10:40:10Z',
      '2026-11-22T10:40:10+9',
      '2026-11-22T10:40:10.1x',
      'mx1',
      ''
    ]
    const clock = new Clock('UTC', 2026)
    assert.deepEqual(
      read(clock, ...stamps),
      stamps.map(() => undefined)
    )
    assert.deepEqual(read(clock, 'Nov 22 10:40:10'), ['2026-11-22T10:40:10.000Z'])
  })

  test('without a year is no time when no year is known', () => {
    assert.deepEqual(read(new Clock('UTC', undefined), 'Nov 22 10:40:10'), [undefined])
  })

  test('may be that of a leap second', () => {
    assert.deepEqual(read(new Clock('UTC', 2016), 'Dec 31 23:59:60'), ['2017-01-01T00:00:00.000Z'])
  })
})

describe('the year', () => {
  test('goes on from December to January, also for lines that are out of order there', () => {
    const clock = new Clock('UTC', 2026)
    const stamps = [
      'Dec 31 23:59:58',
      'Jan  1 00:00:01',
      'Dec 31 23:59:59',
      'Jan  1 00:00:02',
      'Jan 12 08:00:00'
    ]
    assert.deepEqual(read(clock, ...stamps), [
      '2026-12-31T23:59:58.000Z',
      '2027-01-01T00:00:01.000Z',
      '2026-12-31T23:59:59.000Z',
      '2027-01-01T00:00:02.000Z',
      '2027-01-12T08:00:00.000Z'
    ])
  })

  test('stays where time goes back a little, or ahead by months', () => {
    const clock = new Clock('UTC', 2026)
    assert.deepEqual(read(clock, 'Jan  3 10:00:00', 'Sep 30 10:00:00', 'Aug 31 10:00:00'), [
      '2026-01-03T10:00:00.000Z',
      '2026-09-30T10:00:00.000Z',
      '2026-08-31T10:00:00.000Z'
    ])
  })

  test('is that of the lines before, where a log had years once', () => {
    const clock = new Clock('UTC', undefined)
    assert.deepEqual(read(clock, '2026-12-31T23:59:59Z', 'Jan  1 00:00:01'), [
      '2026-12-31T23:59:59.000Z',
      '2027-01-01T00:00:01.000Z'
    ])
  })

  test('has the 29th of February or not', () => {
    assert.deepEqual(read(new Clock('UTC', 2028), 'Feb 28 23:59:59', 'Feb 29 00:00:00', 'Mar  1 00:00:00'), [
      '2028-02-28T23:59:59.000Z',
      '2028-02-29T00:00:00.000Z',
      '2028-03-01T00:00:00.000Z'
    ])
    assert.deepEqual(read(new Clock('UTC', 2027), 'Feb 29 00:00:00'), [undefined])
    assert.deepEqual(read(new Clock('UTC', 2027), 'Dec 30 00:00:00', 'Feb 29 00:00:00'), [
      '2027-12-30T00:00:00.000Z',
      '2028-02-29T00:00:00.000Z'
    ])
  })
})

describe('where clocks are put back', () => {
  test('the order of the lines tells which of two equal times is meant', () => {
    const clock = new Clock('Europe/Berlin', 2026)
    assert.deepEqual(
      read(clock, 'Oct 25 01:59:50', 'Oct 25 02:00:00', 'Oct 25 02:14:00', 'Oct 25 02:13:30'),
      [
        '2026-10-24T23:59:50.000Z',
        '2026-10-25T00:00:00.000Z',
        '2026-10-25T00:14:00.000Z',
        '2026-10-25T00:13:30.000Z'
      ]
    )
    assert.deepEqual(
      read(clock, 'Oct 25 02:28:00', 'Oct 25 02:43:00', 'Oct 25 02:57:00', 'Oct 25 02:59:59'),
      [
        '2026-10-25T00:28:00.000Z',
        '2026-10-25T00:43:00.000Z',
        '2026-10-25T00:57:00.000Z',
        '2026-10-25T00:59:59.000Z'
      ]
    )
    // Put back; the second line was written before, and is out of order.
    assert.deepEqual(
      read(clock, 'Oct 25 02:00:01', 'Oct 25 02:59:59', 'Oct 25 02:00:02', 'Oct 25 02:50:00'),
      [
        '2026-10-25T01:00:01.000Z',
        '2026-10-25T00:59:59.000Z',
        '2026-10-25T01:00:02.000Z',
        '2026-10-25T01:50:00.000Z'
      ]
    )
    assert.deepEqual(read(clock, 'Oct 25 03:00:00'), ['2026-10-25T02:00:00.000Z'])
    assert.equal(clock.ambiguous, 0)
  })

  test('what cannot be told is taken for the first, and counted', () => {
    const clock = new Clock('Europe/Berlin', 2026)
    const seconds = Array.from({ length: 12 }, (_, at) => `Oct 25 02:30:${at + 10}`)
    assert.deepEqual(read(clock, 'Oct 25 01:30:00', ...seconds).slice(0, 2), [
      '2026-10-24T23:30:00.000Z',
      '2026-10-25T00:30:10.000Z'
    ])
    assert.deepEqual(read(clock, 'Oct 25 02:10:00', 'Oct 25 03:00:00'), [
      '2026-10-25T01:10:00.000Z',
      '2026-10-25T02:00:00.000Z'
    ])
    assert.equal(clock.ambiguous, 12)
  })

  test('an offset leaves nothing to tell', () => {
    const clock = new Clock('Europe/Berlin', undefined)
    assert.deepEqual(read(clock, '2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00'), [
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z'
    ])
    assert.equal(clock.ambiguous, 0)
  })
})

test('where clocks are put forward, a time that was left out is moved forward', () => {
  const clock = new Clock('Europe/Berlin', 2026)
  assert.deepEqual(read(clock, 'Mar 29 01:59:59', 'Mar 29 02:30:00', 'Mar 29 03:00:00', 'Mar 29 12:00:00'), [
    '2026-03-29T00:59:59.000Z',
    '2026-03-29T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-29T10:00:00.000Z'
  ])
  assert.equal(clock.ambiguous, 0)
})
