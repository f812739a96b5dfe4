import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WatchClock } from '../../src/watch/source.ts'
import { withoutSecrets } from '../../src/watch/words.ts'

test('a line that leaves the host tells neither who wrote to whom nor about what', () => {
  const lines = {
    'discard: header Subject: Our plan from local; from=<a@b.jp>':
      'discard: header … from local; from=<…@b.jp>',
    '<= taro@x.jp H=h [192.0.2.1] T="Our \\"plan\\"" for hanako@y.jp':
      '<= …@x.jp H=h [192.0.2.1] T="…" for …@y.jp',
    '=> taro <taro@x.jp> R=local': '=> … <…@x.jp> R=local',
    'from=<bounces+taro=x.jp@list.example>, size=1': 'from=<…@list.example>, size=1',
    'client=h[192.0.2.1], sasl_method=PLAIN, sasl_username=taro':
      'client=h[192.0.2.1], sasl_method=PLAIN, sasl_username=…',
    'to=taro, ctladdr=hanako (1001/1001), delay=1': 'to=…, ctladdr=… (1001/1001), delay=1',
    'to=<info@x.jp>, orig_to=<root>, relay=h[192.0.2.1]:25': 'to=<…@x.jp>, orig_to=<…>, relay=h[192.0.2.1]:25'
  }
  for (const [line, told] of Object.entries(lines)) assert.equal(withoutSecrets(line), told)
})

test('a line without an end is told in a moment', () => {
  const began = performance.now()
  for (const words of ['a', 'header ', '\\"', '"a', ' T="'])
    withoutSecrets(words.repeat(65_536 / words.length))
  assert.ok(performance.now() - began < 500)
})

test('a line of the first of January, before a host has the time, leaves the year as it is', t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-22T10:00:00Z') })
  const clock = new WatchClock('UTC', 2026)
  const times = ['Nov 22 09:00:00', 'Jan  1 00:00:05', 'Nov 22 09:01:00'].map(stamp => clock.at(stamp))
  assert.deepEqual(times, [
    Date.parse('2026-11-22T09:00:00Z'),
    Number.NaN,
    Date.parse('2026-11-22T09:01:00Z')
  ])
})

test('a line two minutes ahead is possible, one further ahead is of the future', t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-22T10:00:00Z') })
  const clock = new WatchClock('UTC', 2026)
  const times = ['10:02:00Z', '10:02:01Z', '10:00:00Z'].map(time => clock.at(`2026-11-22T${time}`))
  assert.deepEqual(times, [
    Date.parse('2026-11-22T10:02:00Z'),
    Number.NaN,
    Date.parse('2026-11-22T10:00:00Z')
  ])
  assert.equal(clock.ahead, 1)
})
