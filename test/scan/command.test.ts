import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { logOf, scan } from '../helpers/scan.ts'
import { mypage } from '../helpers/terminal.ts'

const real = path.join(import.meta.dirname, 'logs', 'postfix-3.7.11-a.log')
const nowhere = 'postgres://nowhere.invalid/none'
const command = (...args: string[]) => mypage(nowhere, 'scan', ...args)
const rules = logOf(
  Buffer.from(`# what was wrong that evening
lost:
  - file: /dev/null
  - relay: 127.0.0.1:2526
    from: 2026-11-22T10:40:38
    to: 2026-11-22T10:40:40
delivered:
  - outcome: discarded by access
  - { program: discard, domain: discard.example }
`),
  'rules.yaml'
)
const byRules = [
  ['info@vmail.example', '0DEA021A962'],
  ['info@vmail.example', 'C95D121A962'],
  ['blackhole@lab.example', 'D06B621A192'],
  ['user@wrong.example', 'A5C1021A967'],
  ['fwd@vmail.example', '72E7721A968'],
  ['u@rej.example', '662BE21A0C4'],
  ['u@rej.example', '293CD21A1A4'],
  ['u@rej.example', '2019B21A405']
].sort()
const named = (rows: Record<string, string>[]) =>
  rows.map(({ recipient, queue_id }) => [recipient, queue_id]).sort()

test('rules decide what is lost in this incident', async () => {
  const { lost } = await scan([real], '--rules', rules)
  assert.deepEqual(named(lost), byRules)
})

test('to decide again no log is read', async () => {
  const { out } = await scan([real])
  const again = out.replace('.csv', '.outcomes.csv')
  const before = readFileSync(out, 'utf8')
  const tried = await command(again, '--rules', rules)
  assert.match(tried.stdout, /Nothing is written: --out .*-lost\.csv does\./)
  assert.equal(readFileSync(out, 'utf8'), before)
  const { code, stderr, stdout } = await command(again, '--rules', rules, '--out', out)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /-lost\.csv: 8 rows of lost mail \+ 4 of mail of which there is no word/)
  const rows = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .filter(row => row.endsWith(',lost'))
    .map(row => row.split(','))
  assert.deepEqual(rows.map(row => [row[0], row[5]]).sort(), byRules)
})

test('outcomes keep the zone and the window of their scan', async () => {
  // The clock of the log, as if it had been that of Tokyo.
  const { out } = await scan([real], '--zone', 'Asia/Tokyo')
  const again = out.replace('.csv', '.outcomes.csv')
  const { stdout } = await command(again, '--rules', rules)
  assert.match(stdout, /Rule 1 \(lost\) decides on [1-9]/)
  const { code, stderr } = await command(again, '--from', '2026-11-22T10:40')
  assert.equal(code, 1)
  assert.match(stderr, /Outcomes have the window of their scan/)
})

test('a rule that matches nothing is told, and words that are not ASCII match', async () => {
  const line = (id: string, reply: string) => [
    `Nov 22 10:40:10 mx1 postfix/smtpd[1]: ${id}: client=a.example[192.0.2.1]`,
    `Nov 22 10:40:10 mx1 postfix/qmgr[2]: ${id}: from=<a@a.example>, size=9, nrcpt=1 (queue active)`,
    `Nov 22 10:40:11 mx1 postfix/smtp[3]: ${id}: to=<b@b.example>, relay=r.example[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 ${reply})`,
    `Nov 22 10:40:11 mx1 postfix/qmgr[2]: ${id}: removed`
  ]
  const log = logOf([...line('ABCDEF1', 'Ok'), ...line('ABCDEF2', '破棄しました')])
  const words = logOf(Buffer.from('lost:\n  - reply: 破棄\n  - relay: nowhere.example\n'), 'words.yaml')
  const { stdout, out } = await scan([log], '--rules', words)
  const told =
    /Rule 1 \(lost\) decides on 1\nRule 2 \(lost\) decides on 0 – is it written as the log has it\?/
  assert.match(stdout, told)
  assert.match((await command(out.replace('.csv', '.outcomes.csv'), '--rules', words)).stdout, told)
})

test('a result never takes the place of a log', async () => {
  const log = logOf(readFileSync(real), 'precious.csv')
  const { code, stderr } = await scan([log], '--out', log)
  assert.equal(code, 1)
  assert.match(stderr, /precious\.csv is a log that is to be read\. Take another name\./)
  assert.deepEqual(readFileSync(log), readFileSync(real))
})

test('a mistake in the rules is told with its place', async () => {
  const wrong = logOf(Buffer.from('lost:\n  - relais: 192.0.2.9\n'), 'wrong.yaml')
  const { code, stderr } = await command(
    real,
    '--from',
    '2026-01-01T00:00',
    '--to',
    '2027-01-01T00:00',
    '--rules',
    wrong
  )
  assert.equal(code, 1)
  assert.match(stderr, /wrong\.yaml, at \/lost\/0\/relais: it is not known\. .* relay,/)
})

test('only recipients on the domains asked for are lost mail', async () => {
  const { lost, outcomes } = await scan([real], '--domain', 'VMAIL.example', 'rej.example')
  assert.deepEqual([...new Set(lost.map(({ recipient }) => recipient?.split('@')[1]))].sort(), [
    'rej.example',
    'vmail.example'
  ])
  assert.equal(outcomes.length, 44)
})

test('the evidence of a row leads back to its lines, also in an archive', async () => {
  const packed = logOf(gzipSync(readFileSync(real)), 'packed.log.gz')
  for (const log of [real, packed]) {
    const { lost } = await scan([log])
    const row = lost.find(({ queue_id }) => queue_id === '8268421A95F')
    const { stdout, code } = await command('--show', row?.evidence ?? '')
    assert.equal(code, 0)
    assert.equal(
      stdout,
      `Nov 22 10:40:14 mx1 postfix/qmgr[138]: 8268421A95F: from=<a@sender.example>, size=398, nrcpt=1 (queue active)
Nov 22 10:40:14 mx1 postfix/discard[160]: 8268421A95F: to=<x@discard.example>, relay=none, delay=0.02, delays=0.01/0.01/0/0, dsn=2.0.0, status=sent (discard.example)
`
    )
  }
})

test('an evidence that names no line any more is refused, with where the line may be', async () => {
  const log = logOf(thrownAway('AAAAA1A95E'), 'turned.log')
  for (const at of [1, 40, 100_000]) {
    const { stdout, stderr, code } = await command('--show', `${log}@${at}`)
    assert.deepEqual([stdout, code], ['', 1])
    assert.match(
      stderr,
      new RegExp(`no line begins at byte ${at} of .*turned\\.log\\..* in .*turned\\.log\\.1, say`)
    )
  }
  const { stdout } = await command('--show', `${log}@0`)
  assert.equal(stdout.trim(), thrownAway('AAAAA1A95E')[0])
})

test('outcomes are listed by their looks, and what is new in the window stands out', async () => {
  const window = ['--from', '2026-11-22T10:40:38', '--to', '2026-11-22T10:40:46', '--zone', 'UTC']
  const { stdout } = await command(real, ...window, '--outcomes')
  assert.match(
    stdout,
    /NEW {3}3 {2}to relay \(delivered\)\n {4}smtp {2}relay 127\.0\.0\.1\[127\.0\.0\.1\]:2526 {2}sent {2}2\.0\.0 {2}\(250 2\.0\.0 Ok\)\n {4}22\/11, 10h 3\n {4}e\.g\. Nov 22 10:40:38 mx1 postfix\/smtp\[331\]: A5C1021A967: to=<user@wrong\.example>/
  )
})

test('what differs from mail to mail only makes no group of its own', async () => {
  const mail = (id: string, end: string) => [
    `Nov 22 10:40:13 mx1 postfix/smtpd[143]: ${id}: client=unknown[127.0.0.1]`,
    `Nov 22 10:40:13 mx1 postfix/qmgr[138]: ${id}: from=<a@sender.example>, size=400, nrcpt=1 (queue active)`,
    `Nov 22 10:40:13 mx1 postfix/${end}`,
    `Nov 22 10:40:13 mx1 postfix/qmgr[138]: ${id}: removed`
  ]
  const discarded = (id: string, domain: string) =>
    mail(
      id,
      `discard[1]: ${id}: to=<a@${domain}>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (${domain})`
    )
  const refused = (id: string, user: string) =>
    mail(
      id,
      `lmtp[2]: ${id}: to=<${user}>, relay=store[10.0.3.4]:24, delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (host store.example[10.0.3.4] said: 550 5.1.1 <${user}> User doesn't exist in any of our stores, neither old nor new: ${user} (in reply to RCPT TO command))`
    )
  const log = logOf(
    [
      ...[discarded('0312D21A951', 'vmail.example'), discarded('0312D21A952', 'asahi-net.or.jp')],
      ...[refused('0312D21A953', 'ksato@email.example'), refused('0312D21A954', "o'neil.x@vmail.example")]
    ].flat()
  )
  const { stdout } = await command(
    log,
    ...[
      '--from',
      '2026-11-22T10:40',
      '--to',
      '2026-11-22T10:50',
      '--zone',
      'UTC',
      '--year',
      '2026',
      '--outcomes'
    ]
  )
  assert.match(
    stdout,
    /^NEW {3}2 {2}discarded by transport \(lost\)\n {4}discard {2}relay none {2}sent {2}2\.0\.0 {2}\(…\)$/m
  )
  assert.match(
    stdout,
    /^NEW {3}2 {2}bounced, nobody told .*\n {4}lmtp .* said: … … <…> User doesn't exist in any of our stores, neither old nor new: … /m
  )
})

test('a rotated set comes in any order, and the same log twice counts once', async () => {
  const lines = readFileSync(real, 'utf8').split('\n')
  const [older, newer] = [lines.slice(0, 60), lines.slice(60, -1)]
  const first = logOf(gzipSync(`${older.join('\n')}\n`), 'rotated.log.1.gz')
  const second = logOf(newer, 'rotated.log')
  const whole = await scan([real])
  for (const logs of [
    [first, second],
    [second, first],
    [first, second, first]
  ]) {
    const { lost, summary } = await scan(logs)
    assert.deepEqual(named(lost), named(whole.lost))
    assert.equal(summary.hosts[0]?.lines, 442)
  }
})

test('of two logs that tell of the same time one is too much, and that is said', async () => {
  const syslog = logOf(
    ['Nov 22 10:39:58 mx1 kernel: up', ...readFileSync(real, 'utf8').split('\n')],
    'syslog'
  )
  const { stderr } = await scan([real, syslog])
  assert.match(
    stderr,
    /tells of a time that another log of its host tells of: .* counts twice\. Give only one of them\./
  )
})

test('a log that tells of errors alone ends no other log of its host', async () => {
  const lines = readFileSync(real, 'utf8').split('\n')
  const errors = logOf(
    [
      'Nov 20 10:00:00 mx1 postfix/smtpd[9]: fatal: no time',
      'Nov 23 10:00:00 mx1 postfix/smtpd[9]: fatal: no time'
    ],
    'mail.err'
  )
  const mail = logOf(['Nov 19 10:00:00 mx1 kernel: up', ...lines], 'mail.log')
  const { lost } = await scan([mail, errors], '--from', '2026-11-22T00:00')
  assert.deepEqual(named(lost), named((await scan([real])).lost))
})

test('standard input is a log too', async () => {
  const { lost } = await scan([real])
  const run = await import('node:child_process')
  const cli = path.join(import.meta.dirname, '../../src/cli.ts')
  const window = ['--from', '2026-01-01T00:00', '--to', '2027-01-01T00:00', '--zone', 'UTC']
  const piped = run.spawnSync(process.execPath, [cli, 'scan', '-', ...window], {
    input: readFileSync(real),
    encoding: 'utf8'
  })
  // One more than there are rows: nobody is named.
  assert.match(piped.stdout, new RegExp(`  lost: ${lost.length + 1}\n`))
  // What feeds a pipe may take its time in the middle.
  const slow = `(head -c 20000 '${real}'; sleep 1; tail -c +20001 '${real}') | "${process.execPath}" '${cli}' scan - `
  const waited = run.spawnSync('sh', ['-c', slow + window.join(' ')], { encoding: 'utf8' })
  assert.match(waited.stdout, new RegExp(`  lost: ${lost.length + 1}\n`))
})

test('nothing is left half done: no log, no window', async () => {
  const missing = await command('/nowhere/mail.log', '--from', '2026-01-01T00:00', '--to', '2026-01-02T00:00')
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /There is no file or folder "\/nowhere\/mail\.log"/)
  const open = await command(real)
  assert.match(open.stderr, /--from .* --to /)
  const { out } = await scan([real])
  const folder = path.dirname(out)
  assert.ok(existsSync(out))
  assert.deepEqual(
    readdirSync(folder).filter(name => /part/.test(name)),
    []
  )
})

/** Lines of a message that was thrown away, and of a connection on the next day. */
const thrownAway = (id: string) =>
  [
    ...['smtpd[1]: ID: client=unknown[127.0.0.1]', 'cleanup[2]: ID: message-id=<ID@x>'],
    'qmgr[3]: ID: from=<a@b.example>, size=400, nrcpt=1 (queue active)',
    'discard[4]: ID: to=<c@d.example>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)',
    'qmgr[3]: ID: removed'
  ].map(said => `Nov 22 10:40:13 mx1 postfix/${said.replaceAll('ID', id)}`)
const nextDay = 'Nov 23 10:40:13 mx1 postfix/smtpd[1]: disconnect from unknown[127.0.0.1]'

test('nothing is left of a scan that is interrupted when all is read, and only the sums of the logs are missing', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-interrupted-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const log = path.join(folder, 'mail.log')
  writeFileSync(log, `${[...thrownAway('0312D21A95E'), nextDay].join('\n')}\n`)
  // No disk has these bytes, but they count.
  truncateSync(log, 2 ** 36)
  const cli = path.join(import.meta.dirname, '../../src/cli.ts')
  const [out, ...options] = [path.join(folder, 'lost.csv'), '--year', '2026', '--zone', 'UTC']
  const window = ['--from', '2026-11-22T10:40:13', '--to', '2026-11-22T11:00']
  const child = spawn(process.execPath, [cli, 'scan', log, ...window, ...options, '--out', out])
  const ended = once(child, 'close')
  const part = `${out}.part-0.lost`
  while (!existsSync(part) || statSync(part).size === 0) await setTimeout(20)
  await setTimeout(200)
  child.kill('SIGINT')
  await ended
  assert.deepEqual(readdirSync(folder), ['mail.log'])
})

test('the evidence leads back to lines of more than a thousand files', async () => {
  const logs = Array.from({ length: 1_030 }, (_, at) => {
    const id = `${at + 100_000}A95E`
    return {
      id,
      name: `many/${at + 1_000}.log`,
      lines: [`Nov 22 10:40:13 mx1 kernel: ${id}`, ...thrownAway(id)]
    }
  })
  mkdirSync(path.join(path.dirname(rules), 'many'))
  const { lost } = await scan(logs.map(({ name, lines }) => logOf(lines, name)))
  const last = logs.at(-1)
  const row = lost.find(({ queue_id }) => queue_id === last?.id)
  const { stdout } = await command('--show', row?.evidence ?? '')
  assert.deepEqual(stdout.trim().split('\n'), [last?.lines[3], last?.lines[4]])
})

test('the logs of a hundred hosts are read together, and each counts by itself', async () => {
  const hosts = Array.from({ length: 100 }, (_, at) => `mx${at + 100}`)
  const { lost, summary } = await scan(
    hosts.map(host => logOf(thrownAway('AAAAA1A95E').map(line => line.replace(' mx1 ', ` ${host} `))))
  )
  assert.equal(lost.length, 100)
  assert.deepEqual(summary.hosts.map(({ host }) => host).sort(), hosts)
  assert.ok(summary.hosts.every(({ lines }) => lines === 5))
})

test('local users have the domain of their host, when it is decided again too', async () => {
  const log = logOf(thrownAway('AAAAA1A95E').map(line => line.replace('to=<c@d.example>', 'to=<root>')))
  const { lost, out } = await scan([log], '--domain', 'mx1')
  assert.deepEqual(
    lost.map(({ recipient }) => recipient),
    ['root@mx1']
  )
  const scanned = readFileSync(out, 'utf8')
  const outcomes = out.replace('.csv', '.outcomes.csv')
  assert.equal((await command(outcomes, '--out', out)).code, 0)
  assert.equal(readFileSync(out, 'utf8'), scanned)
})

test('to decide again on a part of the outcomes is refused, and so is to write over them', async () => {
  const { out } = await scan([real])
  const outcomes = out.replace('.csv', '.outcomes.csv')
  const whole = readFileSync(outcomes, 'utf8')
  const over = await command(outcomes, '--out', outcomes)
  assert.match(over.stderr, /holds the outcomes that are to be decided on/)
  assert.equal(readFileSync(outcomes, 'utf8'), whole)
  writeFileSync(outcomes, `${whole.split('\n').slice(0, 4).join('\n')}\n`)
  const part = await command(outcomes, '--out', out)
  assert.equal(part.code, 1)
  assert.match(part.stderr, /tells of 3 recipients, its summary of \d+: was it cut off\?/)
})

test('the result is a file whose name ends in .csv, and nothing else is written over', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-out-'))
  const asked = [real, '--from', '2026-11-22T00:00', '--to', '2026-11-23T00:00', '--zone', 'UTC', '--out']
  const other = await command(...asked, path.join(folder, 'lost.txt'))
  assert.match(other.stderr, /lost\.txt does not end in \.csv\. Take .*lost\.txt\.csv\./)
  mkdirSync(path.join(folder, 'lost.csv'))
  const taken = await command(...asked, path.join(folder, 'lost.csv'))
  assert.match(taken.stderr, /lost\.csv is there, and is no file/)
  assert.deepEqual(readdirSync(folder), ['lost.csv'])
  rmSync(folder, { recursive: true })
})

test('a pipe in a folder is not waited for', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-pipe-'))
  execFileSync('mkfifo', [path.join(folder, 'pipe')])
  writeFileSync(path.join(folder, 'mail.log'), readFileSync(real))
  const { summary } = await scan([folder])
  assert.equal(summary.files.length, 1)
  rmSync(folder, { recursive: true })
})
