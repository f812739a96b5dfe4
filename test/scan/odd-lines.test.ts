import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { logOf, scan } from '../helpers/scan.ts'

const line = (said: string) => `Nov 22 10:40:13 mx1 postfix/${said}`
const message = (id: string, to = 'info@vmail.example') => [
  line(`smtpd[143]: ${id}: client=unknown[127.0.0.1]`),
  line(`cleanup[146]: ${id}: message-id=<${id}@x>`),
  line(`qmgr[138]: ${id}: from=<a@sender.example>, size=400, nrcpt=1 (queue active)`),
  line(
    `discard[160]: ${id}: to=<${to}>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (vmail.example)`
  ),
  line(`qmgr[138]: ${id}: removed`)
]
const bytes = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map(part => Buffer.from(part as string)))
const text = (lines: string[]) => `${lines.join('\n')}\n`

test('bytes that are no line of a log are counted, told with their place, and read over', async () => {
  const before = text(message('0312D21A95E'))
  const cut = 'Nov 22 10:40:13 mx1 post\n'
  const broken = 'v 22 10:40:13 mx1 postfix/qmgr[138]: 9312D21A95E: removed\n'
  const log = logOf(
    bytes(
      before,
      broken,
      cut,
      '\0\0\0\0',
      text(message('1312D21A95E')),
      'x'.repeat(1_000_000),
      '\n',
      text(message('2312D21A95E'))
    )
  )
  const { code, lost, summary, stdout } = await scan([log])
  assert.equal(code, 0)
  assert.deepEqual(
    lost.map(({ queue_id }) => queue_id),
    ['0312D21A95E', '1312D21A95E', '2312D21A95E']
  )
  assert.deepEqual(summary.oddity_counts, { 'not understood': 1, 'NUL bytes': 1, 'too long': 1 })
  const [odd] = summary.oddities
  assert.equal(odd?.text, broken.trim())
  assert.match(odd?.where ?? '', new RegExp(`@${before.length}$`))
  assert.match(stdout, /Lines not understood: 1/)
})

test('an address that is no UTF-8 does not spoil the file', async () => {
  const [first = '', ...rest] = message('0312D21A95E', 'caf\u00e9@vmail.example').map(one =>
    Buffer.from(`${one}\n`, 'latin1')
  )
  const { lost } = await scan([
    logOf(bytes(first, ...rest, text(message('1312D21A95E', 'café@vmail.example'))))
  ])
  assert.deepEqual(
    lost.map(({ recipient }) => recipient),
    ['caf\ufffd@vmail.example', 'café@vmail.example']
  )
})

test('a delivery line without its fields is not understood', async () => {
  const { summary } = await scan([
    logOf([...message('0312D21A95E'), line('smtp[1]: 0312D21A95E: to=<x@y>, relay=')])
  ])
  assert.deepEqual(summary.oddity_counts, { 'not understood': 1 })
})

test('an archive that breaks off is read as far as it goes, and then there is a gap', async () => {
  const packed = gzipSync(
    text(
      Array.from({ length: 4_000 }, (_, at) =>
        message(`${(0x1000000 + at * 7919).toString(16).toUpperCase()}A95E`)
      ).flat()
    )
  )
  const { code, lost, summary } = await scan([logOf(packed.subarray(0, packed.length / 2), 'mail.log.1.gz')])
  assert.equal(code, 0)
  assert.ok(lost.length > 500 && lost.length < 4_000)
  assert.equal(summary.oddity_counts['cut off'], 1)
})

test('a file without a line break at its end was cut off: the rest is not taken for a line', async () => {
  const { summary } = await scan([logOf(Buffer.from(text(message('0312D21A95E')).slice(0, -8)))])
  assert.equal(summary.oddity_counts['cut off'], 1)
  assert.equal(summary.files[0]?.lines, 4)
})

test('a stamp that is no time, a notification of itself and a journal without an end spoil nothing', async () => {
  const log = logOf([
    'Feb 30 10:00:00 mx1 kernel: up',
    ...message('0312D21A95E'),
    line('smtpd[143]: 1312D21A95E: client=unknown[127.0.0.1]'),
    line('bounce[149]: 1312D21A95E: sender non-delivery notification: 1312D21A95E')
  ])
  const journal = logOf([
    '{"__REALTIME_TIMESTAMP":"1795300000000000","_HOSTNAME":"mx2","SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":"x"}',
    '{"__REALTIME_TIMESTAMP":"99999999999999999999","_HOSTNAME":"mx2","MESSAGE":"x"}'
  ])
  const { code, lost, summary, stderr } = await scan([log, journal])
  assert.equal(code, 0, stderr)
  assert.equal(lost.length, 1)
  assert.equal(summary.hosts.find(({ host }) => host === 'mx1')?.first, '2026-11-22T10:40:13.000Z')
  assert.equal(summary.oddity_counts['not understood'], 2)
})

test('a log of several hosts that is cut off is so for all of them', async () => {
  const at = (minute: number, host: string) =>
    `Nov 22 10:${minute}:13 ${host} postfix/qmgr[1]: 0312D21A95E: removed`
  const cut = logOf(Buffer.from(`${at(40, 'mx1')}\n${at(40, 'mx2')}\nNov 22 10:4`))
  const { summary } = await scan([cut, logOf([at(42, 'mx1'), at(42, 'mx2')])])
  assert.deepEqual(
    summary.hosts.map(({ host, gaps }) => [host, gaps.map(({ reason }) => reason)]),
    [
      ['mx1', ['cut off']],
      ['mx2', ['cut off']]
    ]
  )
})

test('a size that no message has is left out', async () => {
  const lines = message('0312D21A95E').map(one => one.replace('size=400', `size=${'9'.repeat(400)}`))
  const { code, stderr, lost } = await scan([logOf(lines)])
  assert.equal(code, 0, stderr)
  assert.deepEqual(
    lost.map(({ size }) => size),
    ['']
  )
})

test('a program may have any name', async () => {
  const names = ['__proto__', 'constructor', '__defineGetter__', 'toString']
  const odd = names.map(name => `Nov 22 10:40:13 mx1 ${name}: hello`)
  const { code, lost, stderr } = await scan([logOf([...odd, ...message('0312D21A95E')])])
  assert.equal(code, 0, stderr)
  assert.equal(lost.length, 1)
})
