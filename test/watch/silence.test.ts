import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { append, minutes, watch, watchFolder, words, write } from '../helpers/watch.ts'

const folder = watchFolder()
const onHost = (name: string, lines: string[]) => lines.map(line => line.replace(' mx1 ', ` ${name} `))

test('a host is missed that was silent for six minutes once, a day and a half ago', async () => {
  const end = 2_100
  const first = write(path.join(folder, 'one.log'), minutes(0, end))
  const halting = onHost('mx2', [...minutes(0, 30), ...minutes(36, end)])
  const second = write(path.join(folder, 'two.log'), halting)
  const watched = watch([first, second, '--learn', '48'])
  await watched.says(/Watching/)
  append(first, minutes(end, end + 20))
  await watched.says(/ALARM/)
  await watched.stop()
  assert.deepEqual(words(watched).slice(0, 1), ['ALARM  mx2 has fallen silent: its log does not go on'])
})
