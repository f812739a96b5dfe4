import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { logOf, type ScanEnded, scan } from '../helpers/scan.ts'

const two = (number: number) => String(number).padStart(2, '0')
const at = (second: number, said: string, host = 'mx1') =>
  `Nov 22 ${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)} ${host} postfix/${said}`
const hour = 3_600

/** A message that was delivered each ten seconds. */
function mail(from: number, to: number, host?: string): string[] {
  return Array.from({ length: (to - from) / 10 }, (_, number) => {
    const id = `${(0x1000000 + from + number * 10).toString(16).toUpperCase()}A95E`
    const second = from + 10 * number
    return [
      at(second, `smtpd[143]: ${id}: client=unknown[127.0.0.1]`, host),
      at(second, `cleanup[146]: ${id}: message-id=<${id}@sender.example>`, host),
      at(second, `qmgr[138]: ${id}: from=<a@sender.example>, size=400, nrcpt=1 (queue active)`, host),
      at(
        second,
        `virtual[147]: ${id}: to=<info@vmail.example>, relay=virtual, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)`,
        host
      ),
      at(second, `qmgr[138]: ${id}: removed`, host)
    ]
  }).flat()
}

/** A warning each minute, as a log of errors alone has them. */
const warnings = (from: number, to: number) =>
  Array.from({ length: (to - from) / 60 }, (_, minute) =>
    at(from + 60 * minute, 'smtpd[150]: warning: hostname c.example does not resolve to address 192.0.2.7')
  )
const text = (lines: string[]) => `${lines.join('\n')}\n`
const year = ['--year', '2026']
const spans = ({ summary }: ScanEnded) =>
  summary.hosts.map(({ host, first, last, gaps }) => [
    host,
    first.slice(11, 19),
    last.slice(11, 19),
    ...gaps.map(({ from, to, reason }) => `${from.slice(11, 19)} ${to.slice(11, 19)} ${reason}`)
  ])

test('a log of errors alone covers nothing, and hides no silence of the log that tells of mail', async () => {
  const log = logOf([...mail(19 * hour, 20 * hour), ...mail(21 * hour, 22 * hour)], 'mail.log')
  const errors = logOf(warnings(18 * hour, 23 * hour), 'mail.err')
  const expected = [['mx1', '19:00:00', '21:59:50', '19:59:50 21:00:00 silent']]
  assert.deepEqual(spans(await scan([log], ...year)), expected)
  assert.deepEqual(spans(await scan([errors, log], ...year)), expected)
})

test('a log that breaks off would have gone on until the next one of its host begins', async () => {
  const packed = gzipSync(text(mail(19 * hour, 20 * hour)))
  const broken = logOf(packed.subarray(0, packed.length - 400), 'mail.log.1.gz')
  const errors = logOf(warnings(19 * hour, 22 * hour), 'mail.err.1')
  const [[, first, last, gap] = []] = spans(
    await scan([broken, errors, logOf(mail(21 * hour, 22 * hour))], ...year)
  )
  assert.deepEqual([first, last], ['19:00:00', '21:59:50'])
  assert.match(gap ?? '', /^19:5\d:\d\d 21:00:00 cut off$/)
})

test('an archive that is damaged covers nothing: who knows which of its bytes are wrong', async () => {
  const packed = gzipSync(text(mail(12 * hour, 20 * hour)))
  packed.writeUInt32LE(1, packed.length - 8)
  const { summary } = await scan([logOf(packed, 'damaged.gz')], ...year)
  assert.match(summary.oddities.at(-1)?.text ?? '', /incorrect data check/)
  const [host] = summary.hosts
  assert.deepEqual(host?.gaps, [{ from: host?.first, to: host?.last, reason: 'cut off' }])
})

test('lines that were dropped before the first one are no gap of the log', async () => {
  const dropped = 'Nov 22 18:59:58 mx1 systemd-journald[88]: Suppressed 12 messages from postfix.service'
  const [first = '', ...rest] = mail(19 * hour, 20 * hour)
  assert.deepEqual(spans(await scan([logOf([first, dropped, ...rest])], ...year)), [
    ['mx1', '19:00:00', '19:59:50']
  ])
})

test('the year that is said is that of the coverage too, whenever the file was changed', async () => {
  const log = logOf(mail(19 * hour, 20 * hour))
  utimesSync(log, new Date('2024-03-01'), new Date('2024-03-01'))
  const { summary } = await scan([log], ...year)
  assert.equal(summary.hosts[0]?.first, '2026-11-22T19:00:00.000Z')
})

test('a host that a collected log names late is read together with its own logs', async () => {
  const [arrival = [], end = []] = [
    mail(20 * hour, 20 * hour + 10, 'mx2').slice(0, 3),
    [
      at(
        20 * hour + 1,
        'discard[160]: ID: to=<info@vmail.example>, relay=none, delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (vmail.example)',
        'mx2'
      ),
      at(20 * hour + 1, 'qmgr[138]: ID: removed', 'mx2')
    ]
  ]
  const [id = ''] = /[0-9A-F]{8,}/.exec(arrival[0] ?? '') ?? []
  const collected = logOf([...mail(19 * hour, 20 * hour), ...arrival], 'all-1.log')
  const own = logOf(
    end.map(line => line.replace('ID', id)),
    'mx2-2.log'
  )
  const { lost, stderr } = await scan([collected, own], ...year)
  assert.deepEqual(
    lost.map(({ queue_id }) => queue_id),
    [id]
  )
  assert.match(stderr, /mx2 stands in logs that begin with other hosts: they were read once more, together/)
})
