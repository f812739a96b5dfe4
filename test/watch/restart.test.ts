import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { append, discarded, minutes, watch, watchFolder, write } from '../helpers/watch.ts'

const folder = watchFolder()
const told = (stdout: string) => [...stdout.matchAll(/T(\d\d:\d\d) {2}accepted (\d+) .* lost (\d+)/g)]
const mix = (stdout: string) => told(stdout).map(([, at, accepted, lost]) => `${at} ${accepted} ${lost}`)

test('a restart goes on at the minute where it ended, whatever became of the file meanwhile', async () => {
  const log = path.join(folder, 'mail.log')
  const state = path.join(folder, 'state.json')
  const args = [log, '--minutes', '--state', state]
  write(log, minutes(0, 130))
  const first = watch(args)
  await first.says(/Watching .* Learned 69 minutes/)
  const cut = minutes(132, 135, () => discarded())
  append(log, [...minutes(130, 132), ...cut.slice(0, -3)])
  await first.says(/T02:13 /)
  await first.stop()
  assert.equal(first.code, 0)
  assert.match(first.stdout, /ALARM {2}Mail is lost: discarded by transport/)

  // While nobody watches, the day ends: the log is rotated and packed, and a new one begins.
  append(log, cut.slice(-3))
  append(
    log,
    minutes(135, 137, () => discarded())
  )
  renameSync(log, `${log}.1`)
  writeFileSync(`${log}.2.gz`, gzipSync(readFileSync(`${log}.1`)))
  renameSync(`${log}.1`, path.join(folder, 'gone'))
  write(
    log,
    minutes(137, 140, () => discarded())
  )
  const second = watch(args)
  await second.says(/T02:18 /)
  append(log, minutes(140, 160))
  await second.says(/OVER/)
  await second.stop()

  assert.deepEqual(mix(first.stdout).slice(-3), ['02:11 2 0', '02:12 2 2', '02:13 2 2'])
  assert.deepEqual(mix(second.stdout).slice(0, 7), [
    ...['02:14 2 2', '02:15 2 2', '02:16 2 2', '02:17 2 2', '02:18 2 2', '02:19 2 2', '02:20 2 0']
  ])
  assert.doesNotMatch(second.stdout, /ALARM/)
  assert.match(second.stdout, /STILL {2}Mail is lost/)
  assert.match(
    second.stdout,
    /OVER {2}Mail is lost: discarded by transport\n.*\n {2}how many 16 recipients of 16 messages/
  )
})

test('a state that cannot be read is told, and not overwritten', async () => {
  const log = write(path.join(folder, 'other.log'), minutes(0, 2))
  const state = path.join(folder, 'broken.json')
  writeFileSync(state, '{"version":')
  const watched = watch([log, '--state', state])
  await watched.ended
  assert.equal(watched.code, 1)
  assert.match(watched.stderr, /broken\.json cannot be read: .* Without the file all is learned anew/)
  assert.equal(readFileSync(state, 'utf8'), '{"version":')
  assert.ok(!existsSync(`${state}.partial`))
})
