import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import {
  type Delivery,
  discarded,
  message,
  minutes,
  start,
  toStore,
  watchFolder,
  watchOnce,
  words,
  write
} from '../helpers/watch.ts'

const folder = watchFolder()
/** Eight hours of normal mail, then what is tried, then an hour of normal mail. */
const day = 480
async function told(name: string, tried: string[], ...args: string[]) {
  const after = minutes(day + 20, day + 80)
  const file = write(path.join(folder, name), [...minutes(0, day), ...tried, ...after])
  return watchOnce([file, ...args])
}
const toRelay = (relay: string, to = 'hanako@aoba.example'): Delivery => {
  return { to, program: 'smtp', relay, status: 'sent (250 2.0.0 Ok: queued as 4ABC)' }
}

test('a day like any other gives no alarm, and that is said', async () => {
  const watched = await told('normal.log', minutes(day, day + 20))
  assert.deepEqual(words(watched), [])
  assert.equal(watched.stdout, 'From 2026-11-20T00:00 to 2026-11-20T09:19, 1,118 messages: no alarm.\n')
})

test('silent losses are told within minutes, once, and when they are over', async () => {
  const watched = await told(
    'discard.log',
    minutes(day, day + 20, () => discarded())
  )
  assert.deepEqual(words(watched), [
    'ALARM  Mail is lost: discarded by transport',
    'STILL  Mail is lost: discarded by transport',
    'STILL  Mail is lost: discarded by transport',
    'OVER  Mail is lost: discarded by transport'
  ])
  const [first = ''] = watched.stdout.split('STILL')
  assert.match(first, /since {4}2026-11-20T08:00:10\n/)
  assert.match(first, /how many 4 recipients of 4 messages; usually none\n/)
  assert.match(first, /hosts {4}mx1\n/)
  assert.match(first, /group {4}discard {2}relay none {2}sent {2}2\.0\.0 {2}\(…\)\n/)
  assert.match(first, /domains {2}aoba\.example 4\n/)
  assert.match(
    first,
    /line {5}2026-11-20T08:00:10\.000Z mx1 postfix\/discard\[101\]: 4Q\w+: to=<…@aoba\.example>/
  )
  assert.match(first, /--from 2026-11-20T07:55 --to 2026-11-20T08:02 --zone UTC --outcomes\n/)
  const over = watched.stdout.split('OVER')[1] ?? ''
  assert.match(over, /since {4}2026-11-20T08:00:10, until 2026-11-20T08:19:40\n/)
  assert.match(over, /how many 40 recipients of 40 messages/)
  assert.match(over, /\nFrom 2026-11-20T00:00 to 2026-11-20T09:19, 1,118 messages: one alarm\.\n$/)
})

test('mail that goes where it never went is told; what the rules know is not', async () => {
  const wrong = () => toRelay('old-store.aoba.example[10.0.9.9]:25')
  const watched = await told('relay.log', minutes(day, day + 20, wrong))
  assert.equal(
    words(watched)[0],
    'ALARM  Mail goes where it hardly ever went: smtp old-store.aoba.example[10.0.9.9]:25'
  )
  assert.match(watched.stdout, /domains {2}aoba\.example \d/)
  const toFile = () => ({
    ...discarded(),
    program: 'local',
    relay: 'local',
    status: 'sent (delivered to file: /dev/null)'
  })
  const sink = await told('file.log', minutes(day, day + 20, toFile))
  assert.match(sink.stdout, /ALARM {2}Mail goes where .*\(delivered to file: \/dev\/null\)/)
  const rules = write(path.join(folder, 'rules.yaml'), [
    'lost:',
    '  - file: /dev/null',
    'delivered:',
    '  - program: discard'
  ])
  const ruled = await told('ruled.log', minutes(day, day + 20, toFile), '--rules', rules)
  assert.match(ruled.stdout, /ALARM {2}Mail is lost: to file/)
  assert.deepEqual(
    words(
      await told(
        'fine.log',
        minutes(day, day + 20, () => discarded()),
        '--rules',
        rules
      )
    ).filter(word => /lost/.test(word)),
    []
  )
})

test('new addresses of a large provider, and relays of those who were never written to, are no alarm', async () => {
  const gmail = (at: number) =>
    toRelay(`gmail-smtp-in.l.google.com[142.250.${at % 200}.27]:25`, 'a@gmail.com')
  const customer = (at: number) =>
    toRelay(`mx.new${at}.example[198.51.100.${at % 200}]:25`, `a@new${at}.example`)
  const lines = [...minutes(0, day + 60), ...minutes(0, day + 60, gmail), ...minutes(day, day + 60, customer)]
  const file = write(path.join(folder, 'outbound.log'), lines.sort())
  assert.deepEqual(words(await watchOnce([file])), [])
})

test('mail that is accepted and of which there is no word is told', async () => {
  const watched = await told(
    'stopped.log',
    minutes(day, day + 20, () => undefined)
  )
  assert.equal(words(watched)[0], 'ALARM  Mail is accepted, and then there is no word of it')
  assert.match(
    watched.stdout,
    /since {4}2026-11-20T08:00:10\n {2}how many \d messages at a time; usually none/
  )
})

test('mail that is put off is told in words of its own', async () => {
  const away: Delivery = {
    ...toStore(),
    relay: 'none',
    status: 'deferred (connect to store1.aoba.example: timed out)'
  }
  assert.equal(
    words(
      await told(
        'away.log',
        minutes(day, day + 20, () => away)
      )
    )[0],
    'ALARM  Mail is put off: it waits in the queue'
  )
})

test('what goes on for a day is normal from then on', async () => {
  const long = minutes(day, day + 1_600, at => (at % 3 ? toStore() : discarded()))
  const watched = await watchOnce([write(path.join(folder, 'long.log'), [...minutes(0, day), ...long])])
  assert.match(watched.stdout, /OVER[^]*It has been so for a day and counts as normal from now on\./)
  assert.deepEqual(
    words(watched).filter(word => /ALARM|OVER/.test(word)),
    ['ALARM  Mail is lost: discarded by transport', 'OVER  Mail is lost: discarded by transport']
  )
})

test('a host on which mail is rare gives no alarm for two losses, nor before it has learned an hour', async () => {
  const few = (from: number, to: number) =>
    minutes(from, to).slice(0, 10 * (Math.floor((to - from) / 30) || 1))
  const lines = [
    ...few(0, 30),
    ...few(60, 90),
    ...few(200, 230),
    ...message(start + 240 * 60_000, discarded()),
    ...message(start + 300 * 60_000, discarded()),
    ...few(480, 490)
  ]
  assert.deepEqual(words(await watchOnce([write(path.join(folder, 'few.log'), lines)])), [])
  const early = [...minutes(0, 20), ...minutes(20, 30, () => discarded()), ...minutes(30, 40)]
  const watched = await watchOnce([write(path.join(folder, 'early.log'), early)])
  assert.equal(
    watched.stdout,
    'From 2026-11-20T00:00 to 2026-11-20T00:39, 78 messages: no alarm. That is short: alarms begin when two hours of log have been seen.\n'
  )
})

test('what a stranger wrote into a line is told without its controls and without who it is', async () => {
  const nasty = () => ({
    ...discarded('"a b"@aoba\u001b[1m.example'),
    status: 'sent (\u001b[2J\u202e for taro@aoba.example)'
  })
  const { stdout } = await told('nasty.log', minutes(day, day + 20, nasty))
  assert.match(stdout, /ALARM/)
  assert.ok(!/[\u001b\u202e]|taro@|a b"@/.test(stdout), stdout)
})
