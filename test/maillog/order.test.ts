import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { findLogs } from '../../src/maillog/files.ts'
import { orderLogs } from '../../src/maillog/order.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const writeFile = temporaryFiles()

/** A log with lines at some times of some hosts (`mx1 Nov 22 10:40:10`), as it was last changed. */
function write(name: string, changed: string, ...lines: string[]) {
  const content = lines
    .map(line => `${line.slice(4)} ${line.slice(0, 3)} postfix/qmgr[812]: 4F2B31C0A1: removed\n`)
    .join('')
  const file = writeFile(name, name.endsWith('.gz') ? gzipSync(content) : content)
  utimesSync(file, new Date(changed), new Date(changed))
  return file
}

async function order(...names: string[]) {
  const { logs } = await findLogs(names)
  return orderLogs(logs, 'UTC').map(group => ({
    hosts: group.hosts,
    logs: group.logs.map(({ name, from, year, repeats }) => [
      path.basename(name),
      new Date(from).toISOString(),
      year.sure,
      repeats && path.basename(repeats)
    ])
  }))
}

test('files rotated away stand in the order of time, over the turn of the year', async () => {
  const now = write('mail.log', '2026-01-05T10:00:00Z', 'mx1 Jan  4 00:00:01', 'mx1 Jan  5 10:00:00')
  const last = write('mail.log.1', '2026-01-04T00:00:00Z', 'mx1 Dec 28 00:00:01', 'mx1 Jan  3 23:59:59')
  const before = write('mail.log.2.gz', '2025-12-28T00:00:00Z', 'mx1 Dec 21 00:00:01', 'mx1 Dec 27 23:59:59')
  const other = write('relay.log', '2026-01-05T10:00:00Z', 'mx2 Jan  1 00:00:01', 'mx2 Jan  5 10:00:00')
  assert.deepEqual(await order(now, other, before, last), [
    { hosts: ['mx2'], logs: [['relay.log', '2026-01-01T00:00:01.000Z', true, undefined]] },
    {
      hosts: ['mx1'],
      logs: [
        ['mail.log.2.gz', '2025-12-21T00:00:01.000Z', true, undefined],
        ['mail.log.1', '2025-12-28T00:00:01.000Z', true, undefined],
        ['mail.log', '2026-01-04T00:00:01.000Z', true, undefined]
      ]
    }
  ])
})

test('logs that share a host stand together, also when their first lines are of different hosts', async () => {
  const one = write('all.log', '2025-11-23T00:00:00Z', 'mx1 Nov 22 00:00:01', 'mx2 Nov 22 10:00:00')
  const two = write('all.log.1', '2025-11-22T00:00:00Z', 'mx3 Nov 21 00:00:01', 'mx2 Nov 21 10:00:00')
  const three = write('mx3.log', '2025-11-21T00:00:00Z', 'mx3 Nov 20 00:00:01', 'mx3 Nov 20 10:00:00')
  const [group, ...rest] = await order(one, three, two)
  assert.deepEqual(rest, [])
  assert.deepEqual(
    group?.logs.map(([name]) => name),
    ['mx3.log', 'all.log.1', 'all.log']
  )
})

test('of a log and its copies the longest is not a repetition', async () => {
  const lines = ['mx1 Nov 22 00:00:01', 'mx1 Nov 22 10:00:00', 'mx1 Nov 22 20:00:00']
  const early = write('copy.log', '2025-11-22T12:00:00Z', ...lines.slice(0, 2))
  const whole = write('mail.log.1.gz', '2025-11-22T20:00:00Z', ...lines)
  const same = write('mail.log.1', '2025-11-22T20:00:01Z', ...lines)
  const [group] = await order(early, same, whole)
  assert.deepEqual(
    group?.logs.map(([name, , , repeats]) => [name, repeats]),
    [
      ['copy.log', 'mail.log.1.gz'],
      ['mail.log.1.gz', undefined],
      ['mail.log.1', 'mail.log.1.gz']
    ]
  )
})

test('a copied file has a year that is in doubt, unless Postfix wrote it', async () => {
  const copied = write('copied.log', '2026-09-01T00:00:00Z', 'mx1 Nov 22 00:00:01')
  assert.deepEqual((await order(copied))[0]?.logs, [
    ['copied.log', '2025-11-22T00:00:01.000Z', false, undefined]
  ])
  const made = 'message-id=<20191122000001.4F2B31C0A1@mx1.example>'
  const told = writeFile('told.log', `Nov 22 00:00:01 mx1 postfix/cleanup[9]: 4F2B31C0A1: ${made}\n`)
  assert.deepEqual((await order(told))[0]?.logs, [['told.log', '2019-11-22T00:00:01.000Z', true, undefined]])
})
