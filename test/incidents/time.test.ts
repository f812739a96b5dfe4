import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { knownZone, timeReader } from '../../src/incidents/time.ts'

const tokyo = timeReader('Asia/Tokyo')
const newYork = timeReader('America/New_York')

const times: [string, string][] = [
  ['2017-04-13T20:06:00+09:00', '2017-04-13T11:06:00.000Z'],
  ['2017-04-13 20:06:00', '2017-04-13T11:06:00.000Z'],
  ['2017-04-13T20:06', '2017-04-13T11:06:00.000Z'],
  ['2017-04-13t11:06:00z', '2017-04-13T11:06:00.000Z'],
  ['2017-04-13T06:06:00-05:00', '2017-04-13T11:06:00.000Z'],
  ['2017-04-13T20:06:00.123987+09:00', '2017-04-13T11:06:00.123Z'],
  ['2017-04-13T20:06:00.5', '2017-04-13T11:06:00.500Z'],
  ['2016-02-29 00:00:00', '2016-02-28T15:00:00.000Z'],
  ['2017-01-01T08:59:60+09:00', '2017-01-01T00:00:00.000Z']
]

for (const [text, expected] of times)
  test(`${text} is a time`, () => assert.deepEqual(tokyo(text), { time: new Date(expected) }))

const wrong = [
  '2017-02-30 20:06:00',
  '2017-02-29T20:06:00Z',
  '2017-13-01T20:06:00Z',
  '2017-00-01T20:06:00Z',
  '2017-04-00T20:06:00Z',
  '2017-04-13T24:00:00Z',
  '2017-04-13T20:60:00Z',
  '2017-04-13T20:06:61Z',
  '2017-04-13T20:06:00+24:00',
  '2017-04-13T20:06:00+0900',
  '2017-04-13',
  '1899-12-31T23:59:59Z',
  '3000-01-01T00:00:00Z',
  '13 Apr 2017 20:06',
  ' 2017-04-13T20:06:00Z',
  ''
]

for (const text of wrong)
  test(`"${text}" is refused`, () => assert.deepEqual(tokyo(text), { problem: `"${text}" is not a time` }))

test('a local time that clocks left out is refused', () => {
  assert.deepEqual(newYork('2017-03-12 02:30'), {
    problem: '"2017-03-12 02:30" did not exist in America/New_York: clocks were put forward'
  })
  assert.deepEqual(newYork('2017-03-12 03:00'), { time: new Date('2017-03-12T07:00:00Z') })
})

test('a local time that clocks repeated is refused, with its offset it is read', () => {
  assert.deepEqual(newYork('2017-11-05 01:30'), {
    problem: '"2017-11-05 01:30" happened twice in America/New_York: write it with its offset, such as +09:00'
  })
  assert.deepEqual(newYork('2017-11-05T01:30-05:00'), { time: new Date('2017-11-05T06:30:00Z') })
})

test('every moment is read back from its RFC 3339 text', () => {
  const moment = fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2999-12-31T23:59:59.999Z') })
  fc.assert(
    fc.property(
      moment.filter(date => !Number.isNaN(date.getTime())),
      date => {
        assert.deepEqual(tokyo(date.toISOString()), { time: date })
      }
    )
  )
})

test('a zone is known by its name in any case', () => {
  assert.equal(knownZone('asia/tokyo'), 'Asia/Tokyo')
  assert.equal(knownZone('Asia/Tokio'), undefined)
})
