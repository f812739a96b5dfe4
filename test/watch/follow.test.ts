import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import {
  append,
  discarded,
  message,
  minutes,
  toStore,
  watch,
  watchFolder,
  watchOnce,
  write
} from '../helpers/watch.ts'

const folder = watchFolder()
const inFolder = (name: string) => path.join(folder, name)

/** `00:07 accepted 2 delivered 2` for every minute that was told. */
function mix(stdout: string): string[] {
  return [...stdout.matchAll(/T(\d\d:\d\d) {2}accepted (\d+) {2}delivered (\d+)/g)].map(
    ([, at, accepted, delivered]) => `${at} ${accepted} ${delivered}`
  )
}
const all = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `00:${String(from + at).padStart(2, '0')} 2 2`)

/** Watches a log of ten minutes; what comes after them is told minute by minute. */
async function watching(name: string) {
  const log = write(inFolder(name), minutes(0, 10))
  const watched = watch([log, '--minutes'])
  await watched.says(/Watching/)
  return { log, watched }
}

test('every line counts once: renamed in the middle of a minute, and written to a while longer', async () => {
  const { log, watched } = await watching('renamed.log')
  append(log, minutes(10, 12))
  renameSync(log, `${log}.1`)
  // The mail system has the old file open until it is told.
  append(`${log}.1`, minutes(12, 14))
  await sleep(400)
  append(`${log}.1`, minutes(14, 15).slice(0, 5))
  append(log, [...minutes(14, 15).slice(5), ...minutes(15, 20)])
  await watched.says(/T00:18 /)
  await watched.stop()
  assert.equal(watched.code, 0)
  assert.deepEqual(mix(watched.stdout), all(9, 19))
})

test('cut off after it was copied, with lines that were not read before; away, and back', async () => {
  const { log, watched } = await watching('cut.log')
  append(log, minutes(10, 12))
  copyFileSync(log, `${log}.1`)
  truncateSync(log)
  await sleep(400)
  append(log, minutes(12, 14))
  await watched.says(/T00:12 /)
  renameSync(log, inFolder('elsewhere'))
  await sleep(400)
  append(log, minutes(14, 20))
  await watched.says(/T00:18 /)
  await watched.stop()
  assert.deepEqual(mix(watched.stdout), all(9, 19))
})

test('cut off and grown again beyond where it was, between two looks', async () => {
  const log = write(inFolder('grown.log'), minutes(0, 10))
  const watched = watch([log, '--minutes'])
  await watched.says(/Watching/)
  copyFileSync(log, `${log}.1`)
  writeFileSync(log, `${minutes(10, 30).join('\n')}\n`)
  await watched.says(/T00:28 /)
  await watched.stop()
  assert.deepEqual(mix(watched.stdout), all(9, 29))
})

test('half a line waits for its rest', async () => {
  const { log, watched } = await watching('half.log')
  const text = `${minutes(10, 13).join('\n')}\n`
  for (const [from, to] of [
    [0, 100],
    [100, 1_234],
    [1_234, text.length]
  ] as const) {
    appendFileSync(log, text.slice(from, to))
    await sleep(300)
  }
  await watched.says(/T00:11 /)
  await watched.stop()
  assert.deepEqual(mix(watched.stdout), all(9, 12))
})

test('several logs go by the time of their lines; a pattern finds new ones; what was rotated is learned', async () => {
  const older = inFolder('many-a.log.2.gz')
  writeFileSync(older, gzipSync(`${minutes(0, 10).join('\n')}\n`))
  write(inFolder('many-a.log.1'), minutes(10, 20))
  const one = write(inFolder('many-a.log'), minutes(20, 25))
  const other = write(
    inFolder('many-b.log'),
    minutes(0, 25).map(line => line.replace(' mx1 ', ' mx2 '))
  )
  const watched = watch([inFolder('many-*.log'), '--minutes'])
  await watched.says(/Learned 0 minutes|Watching .*many-a\.log, .*many-b\.log/)
  append(one, minutes(25, 30))
  append(
    other,
    minutes(25, 30).map(line => line.replace(' mx1 ', ' mx2 '))
  )
  await watched.says(/T00:28 /)
  write(
    inFolder('many-c.log'),
    minutes(29, 33).map(line => line.replace(' mx1 ', ' mx3 '))
  )
  await watched.says(/T00:31 /)
  await watched.stop()
  const found = mix(watched.stdout)
  assert.deepEqual(found.slice(0, 5), ['00:24 4 4', '00:25 4 4', '00:26 4 4', '00:27 4 4', '00:28 4 4'])
  assert.deepEqual(found.slice(-2), ['00:30 2 2', '00:31 2 2'])
})

test('an outage that goes on when the watching begins is told at once, one that is over is not', async () => {
  const over = minutes(150, 160, () => discarded())
  const log = write(inFolder('late.log'), [...minutes(0, 150), ...over, ...minutes(160, 240)])
  const calm = watch([log])
  await calm.says(/Watching/)
  append(log, minutes(240, 242))
  await sleep(600)
  await calm.stop()
  assert.doesNotMatch(calm.stdout, /ALARM/)
  append(
    log,
    minutes(242, 250, () => discarded())
  )
  const late = watch([log])
  await late.says(/Watching/)
  append(
    log,
    minutes(250, 252, () => discarded())
  )
  await late.says(/ALARM {2}Mail is lost: discarded by transport\n {2}since {4}2026-11-20T04:02:10/)
  await late.stop()
})

test('what cannot be watched is told', async () => {
  const nothing = watch([inFolder('nothing-*.log')])
  await nothing.ended
  assert.equal(nothing.code, 1)
  assert.match(nothing.stderr, /matches no file/)
  const log = write(inFolder('fine.log'), minutes(0, 2))
  const mail = watch([log, '--mail', 'ops@aoba.example'])
  await mail.ended
  assert.match(mail.stderr, /SMTP_URL is missing/)
  const state = watch([log, '--state', '/nowhere/state.json'])
  await state.ended
  assert.match(state.stderr, /--state: there is no folder \/nowhere/)
  assert.ok(readFileSync(log, 'utf8').length > 0)
})

test('lines that cannot be read are told with their number, once', async () => {
  const ahead = message(Date.now() + 3 * 3_600_000, toStore())
  const log = write(inFolder('odd.log'), [...minutes(0, 10), ...ahead, 'what is this', ...minutes(10, 12)])
  const watched = watch([log, '--minutes'])
  await watched.says(/Watching/)
  append(log, ['and this?', ...minutes(12, 15)])
  await watched.says(/T00:13 /)
  await watched.stop()
  const told = watched.stderr.split('\n').filter(line => /odd\.log: lines/.test(line))
  assert.match(told[0] ?? '', /: lines not understood: 1\. /)
  assert.match(
    told[1] ?? '',
    /: lines that are in the future: 5\. .* The time zone is UTC: .* --zone .* --year/
  )
  assert.equal(told.length, 2)
})

test('a log that says what another one says, or is that under another name, counts once', async () => {
  const log = write(inFolder('twice.log'), minutes(0, 10))
  const [copy, link] = [inFolder('twice.info'), inFolder('link')]
  copyFileSync(log, copy)
  symlinkSync(log, link)
  const watched = await watchOnce([log, copy, link, '--minutes'])
  assert.match(watched.stderr, /twice\.info is left out: /)
  assert.match(watched.stderr, /link is left out: /)
  assert.deepEqual(mix(watched.stdout).slice(0, 9), all(0, 9))
})

test('logs with names alike are each watched; what is taken for rotated away is told by name', async () => {
  const logs = ['own.log', 'own.log-mx2', 'own-1.log', 'own.log-2'].map(inFolder)
  logs.forEach((log, at) => {
    write(
      log,
      minutes(10, 20).map(line => line.replace(' mx1 ', ` mx${at + 1} `))
    )
  })
  const old = [
    write(inFolder('own.log.1'), minutes(5, 10)),
    write(inFolder('own-20261119.log'), minutes(0, 5))
  ]
  const { stdout, stderr } = await watchOnce([...logs, ...old, '--minutes'])
  assert.match(stderr, /^Rotated away, .*: \S*\/own\.log\.1, \S*\/own-20261119\.log\.$/m)
  const four = (at: number) => `00:1${at} 8 8`
  assert.deepEqual(mix(stdout).slice(0, 15), [...all(0, 10), ...[0, 1, 2, 3, 4].map(four)])
})

test('a folder is watched without the folders, pipes and sockets that are linked from it', async () => {
  const logs = inFolder('logs')
  mkdirSync(logs)
  write(path.join(logs, 'mail.log'), minutes(0, 10))
  symlinkSync(folder, path.join(logs, 'linked'))
  execFileSync('mkfifo', [path.join(logs, 'pipe')])
  // Looked at when a log was cut off, for the copy of it.
  mkdirSync(path.join(logs, 'mail.log.d'))
  execFileSync('mkfifo', [path.join(logs, 'mail.log-pipe')])
  const server = createServer().listen(path.join(logs, 'socket'))
  const watched = watch([logs, '--minutes'])
  await watched.says(/Watching \S*mail\.log\./)
  server.close()
  writeFileSync(path.join(logs, 'mail.log'), `${minutes(10, 12).join('\n')}\n`)
  await watched.says(/T00:10 /)
  await watched.stop()
  assert.match(watched.stderr, /logs\/linked is left out: it is a folder\.$/m)
  assert.match(watched.stderr, /logs\/pipe is left out: it is a pipe\.$/m)
  assert.match(watched.stderr, /logs\/socket is left out: it is a socket\.$/m)
})
