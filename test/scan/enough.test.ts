import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { logOf, type ScanEnded, scan } from '../helpers/scan.ts'

const at = (time: string, said: string, host = 'mx1') => `Nov 22 ${time} ${host} postfix/${said}`
const accepted = (time: string, id: string, host?: string) => [
  at(time, `smtpd[143]: ${id}: client=unknown[127.0.0.1]`, host),
  at(time, `cleanup[146]: ${id}: message-id=<${id}@sender.example>`, host),
  at(time, `qmgr[138]: ${id}: from=<a@sender.example>, size=400, nrcpt=1 (queue active)`, host)
]
const tried = (time: string, id: string, status: string, { by = 'smtp', host = 'mx1' } = {}) =>
  at(
    time,
    `${by}[147]: ${id}: to=<${id.toLowerCase()}@vmail.example>, relay=none, delay=0.02, delays=0/0/0/0, dsn=2.0.0, status=${status}`,
    host
  )
const removed = (time: string, id: string, host?: string) => at(time, `qmgr[138]: ${id}: removed`, host)
const lost = (time: string, id: string, host = 'mx1') => [
  ...accepted(time, id, host),
  tried(time, id, 'sent (vmail.example)', { by: 'discard', host }),
  removed(time, id, host)
]

/** Three megabytes of other lines, over two hours. */
function others(hour: number, host?: string): string[] {
  return Array.from({ length: 40_000 }, (_, number) => {
    const second = Math.floor((number / 40_000) * 7_199)
    const time = [hour + Math.floor(second / 3_600), Math.floor(second / 60) % 60, second % 60]
    const stamp = time.map(part => String(part).padStart(2, '0')).join(':')
    return at(stamp, `smtpd[150]: disconnect from unknown[203.0.113.7] ehlo=1 quit=1 commands=2`, host)
  })
}
const window = ['--from', '2026-11-22T10:00', '--to', '2026-11-22T11:00', '--year', '2026']
const found = ({ lost }: ScanEnded) => lost.map(row => row.queue_id).sort()
const isReadToEnd = ({ summary }: ScanEnded) => summary.hosts.map(host => host.read_to_end)

test('a log is read until all mail of the window has had its end', async () => {
  const lines = [...lost('10:00:00', '0312D21A95E'), ...others(10), ...lost('12:00:00', '1312D21A95E')]
  const ended = await scan([logOf(lines)], ...window)
  assert.deepEqual(found(ended), ['0312D21A95E'])
  assert.deepEqual(isReadToEnd(ended), [false])
  const { lines: read = 0, gaps } = ended.summary.hosts[0] ?? {}
  assert.ok(read > 20_000 && read < 35_000, `${read} lines`)
  assert.deepEqual(gaps, [])
  assert.match(ended.stdout, /and goes on: all mail of the window had its end by then/)
})

test('mail of the window that waits is awaited to the end of the log', async () => {
  const lines = [
    ...accepted('10:40:13', '0312D21A95E'),
    tried('10:40:13', '0312D21A95E', 'deferred (connection refused)'),
    ...others(12),
    tried('14:00:00', '0312D21A95E', 'sent (vmail.example)', { by: 'discard' }),
    removed('14:00:00', '0312D21A95E')
  ]
  const ended = await scan([logOf(lines)], ...window)
  assert.deepEqual(found(ended), ['0312D21A95E'])
  assert.deepEqual(isReadToEnd(ended), [true])
})

test('another log of the host that tells of the same time is read up to there as well', async () => {
  const one = logOf([...lost('10:40:13', '0312D21A95E'), ...others(12)])
  const other = logOf([...others(8), ...lost('10:41:13', '1312D21A95E'), ...others(12)])
  assert.deepEqual(found(await scan([one, other], ...window)), ['0312D21A95E', '1312D21A95E'])
})

test('a host in the same file whose clock is behind is read up to there as well', async () => {
  const behind = accepted('09:00:00', '2312D21A95E', 'mx2')
  const lines = [...behind, ...others(12), ...lost('10:30:00', '3312D21A95E', 'mx2')]
  const ended = await scan([logOf(lines)], ...window)
  assert.deepEqual(found(ended), ['3312D21A95E'])
})

test('outcomes that are counted by the hour are counted to the end', async () => {
  const lines = [...lost('10:40:13', '0312D21A95E'), ...others(12)]
  const ended = await scan([logOf(lines)], ...window, '--outcomes')
  assert.deepEqual(isReadToEnd(ended), [true])
  assert.equal(ended.summary.hosts[0]?.lines, 40_005)
})

test('a log of Dovecot alone is read to its end: what it throws away may have waited long', async () => {
  const session = 'QAVEJvLHAmsTAgAAsaje+g'
  const user = '0312d21a95e@vmail.example'
  const said = `250 2.0.0 <${user}> ${session} Saved`
  const mail = logOf([
    ...accepted('10:40:13', '0312D21A95E'),
    tried('10:40:13', '0312D21A95E', 'deferred (connection refused)', { by: 'lmtp' }),
    tried('12:10:00', '0312D21A95E', `sent (${said})`, { by: 'lmtp' }),
    removed('12:10:00', '0312D21A95E')
  ])
  const logins = others(10).map(line =>
    line.replace(
      / mx1 postfix.*/,
      ' imap-login: Info: Login: user=<a@b.example>, method=PLAIN, rip=203.0.113.7, lip=192.0.2.1, TLS'
    )
  )
  const thrown = `Nov 22 12:10:00 lmtp(${user})<531><${session}>: Info: sieve: msgid=<x@y>: discard action: Marked message to be discarded if not explicitly delivered (discard action)`
  const ended = await scan([mail, logOf([...logins, thrown])], ...window)
  assert.deepEqual(
    ended.outcomes.map(row => row.outcome),
    ['discarded by Sieve']
  )
})

test('logs that were put together into one, the newest first, are read to the end', async () => {
  const lines = [...others(12), ...lost('10:30:00', '0312D21A95E'), ...others(8)]
  const packed = logOf(gzipSync(`${lines.join('\n')}\n`), 'newest-first.log.gz')
  for (const log of [logOf(lines), packed])
    assert.deepEqual(found(await scan([log], ...window)), ['0312D21A95E'])
})

test('logs of several hosts that were put together into one are read to the end', async () => {
  const one = [...lost('10:00:00', '0312D21A95E'), ...others(10), ...others(12)]
  const other = [...others(8, 'mx2'), ...lost('10:30:00', '1312D21A95E', 'mx2'), ...others(11, 'mx2')]
  const ended = await scan([logOf([...one, ...other])], ...window)
  assert.deepEqual(found(ended), ['0312D21A95E', '1312D21A95E'])
})

test('where logs were put together the beginning of the window is not looked for by halves', async () => {
  const one = [...others(8), ...lost('10:30:00', '0312D21A95E')]
  const other = [...others(6, 'mx2'), ...others(8, 'mx2')]
  assert.deepEqual(found(await scan([logOf([...one, ...other])], ...window)), ['0312D21A95E'])
})

test('a line of a clock that was wrong for a moment ends nothing', async () => {
  const wrong = at('20:00:00', 'smtpd[150]: disconnect from unknown[203.0.113.7] ehlo=1 quit=1 commands=2')
  const inWindow = [...others(10).slice(0, 20_000), ...lost('10:59:59', '1312D21A95E')]
  const ended = await scan([logOf([...lost('10:00:00', '0312D21A95E'), wrong, ...inWindow])], ...window)
  assert.deepEqual(found(ended), ['0312D21A95E', '1312D21A95E'])
})

test('the beginning of the window is found when the clocks are put back within it', async () => {
  // From half past midnight to half past five in summer time, which is half past four in winter time.
  const lines = Array.from({ length: 5 * 3_600 }, (_, second) => {
    const since = 1_800 + second
    const local = since < 10_800 ? since : since - 3_600
    const time = [local / 3_600, (local / 60) % 60, local % 60]
    const stamp = time.map(part => String(Math.floor(part)).padStart(2, '0')).join(':')
    const id = `${since + 100_000}A95E`
    return since % 600 === 0
      ? lost(stamp, id)
      : [at(stamp, `smtpd[1]: disconnect from ${'x'.repeat(60)}[192.0.2.1]`)]
  })
  const log = logOf(lines.flat().map(line => line.replace('Nov 22', 'Oct 25')))
  const hour = ['--from', '2026-10-25T02:40+02:00', '--to', '2026-10-25T02:20+01:00', '--year', '2026']
  const ended = await scan([log], ...hour, '--zone', 'Europe/Berlin')
  assert.deepEqual(
    ended.lost.map(({ received_at = '' }) => received_at.slice(11, 16)),
    ['00:40', '00:50', '01:00', '01:10']
  )
})
