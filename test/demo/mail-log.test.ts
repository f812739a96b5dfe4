import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { type MailLogOptions, writeMailLog } from '../../src/demo/mail-log.ts'
import { writeDemoLog } from '../../src/demo/mail-log-demo.ts'
import type { LostMail } from '../../src/demo/mail-log-host.ts'
import { lossKinds } from '../../src/demo/mail-log-messages.ts'
import { temporaryFiles } from '../helpers/terminal.ts'
import { findLostMail, isLostBy } from './mail-log-reading.ts'

const place = temporaryFiles()
const at = (time: string) => Date.parse(`2017-04-${time}+09:00`)
const outage = { kind: 'discard', from: at('13T20:06'), to: at('13T22:25'), part: 0.5 } as const
const day: Omit<MailLogOptions, 'file'> = {
  ...{ host: 'mx1', seed: 1, from: at('13T00:00'), to: at('14T00:00'), lines: 20_000, outage }
}

async function write(options: Partial<MailLogOptions> = {}) {
  const file = place('mail.log', '')
  const lost: LostMail[] = []
  await writeMailLog({ ...day, file, onLost: row => lost.push(row), ...options })
  const text = readFileSync(file, 'utf8')
  return { text, lines: text.split('\n').slice(0, -1), lost, modified: statSync(file).mtime }
}

const first = await write()

test('the same options write the same bytes, another seed writes others', async () => {
  assert.ok((await write()).text === first.text)
  assert.ok((await write({ seed: 2 })).text !== first.text)
})

test('as many lines as asked for, of a usual length, in the order of time', () => {
  const { text, lines } = first
  assert.ok(lines.length > 18_000 && lines.length < 22_000, `${lines.length} lines`)
  const length = text.length / lines.length
  assert.ok(length > 135 && length < 170, `${length} bytes a line`)
  const times = lines.map(line => line.slice(0, 15))
  assert.deepEqual(times, times.toSorted())
})

test('the time of the file is that of its last line, so that it tells the year', () => {
  const last = first.lines.at(-1)?.slice(0, 15)
  assert.equal(first.modified.getTime(), Date.parse(`${last} 2017 GMT+0900`))
})

/** The lines of Postfix 3.7 and Dovecot 2.3, with everything that differs left open. */
const shapes = [
  /^postfix\/(reinject\/)?smtpd\[\d+\]: (connect|disconnect) from \S+\[[\da-f.:]+\]( [a-z]+=\d+(\/\d+)?)*$/,
  /^postfix\/smtpd\[\d+\]: Anonymous TLS connection established from \S+\[[\da-f.:]+\]: TLSv1\.[23] with cipher .*\(256\/256 bits\).*$/,
  /^postfix\/smtpd\[\d+\]: [\dA-F]{11}: client=\S+\[[\da-f.:]+\]$/,
  /^postfix\/reinject\/smtpd\[\d+\]: [\dA-F]{11}: client=localhost\[127\.0\.0\.1\], orig_queue_id=[\dA-F]{11}, orig_client=\S+\[[\da-f.:]+\]$/,
  /^postfix\/cleanup\[\d+\]: [\dA-F]{11}: message-id=<.+>$/,
  /^postfix\/cleanup\[\d+\]: [\dA-F]{11}: discard: header Subject: XDISCARD from \S+\[[\da-f.:]+\]; from=<.*> to=<.+> proto=ESMTP helo=<\S+>: header rule 17$/,
  /^postfix\/qmgr\[138\]: [\dA-F]{11}: from=<.*>, size=\d+, nrcpt=\d \(queue active\)$/,
  /^postfix\/(lmtp|virtual|local|discard|smtp|scan\/smtp)\[\d+\]: [\dA-F]{11}: to=<.+>, (orig_to=<.+>, )?relay=(none|virtual|local|[\w.-]+\[[\d.]+\]:\d+), delay=[\d.]+, delays=[\d.]+(\/[\d.]+){3}, dsn=\d\.\d\.\d, status=(sent|deferred|bounced) \(.+\)$/,
  /^postfix\/bounce\[\d+\]: [\dA-F]{11}: sender non-delivery notification: [\dA-F]{11}$/,
  /^postfix\/(qmgr|postsuper)\[\d+\]: [\dA-F]{11}: removed$/,
  /^postfix\/postsuper\[\d+\]: Deleted: \d+ messages?$/,
  /^postfix\/smtpd\[\d+\]: (NOQUEUE|[\dA-F]{11}): reject: RCPT from \S+\[[\da-f.:]+\]: [45]\d\d \d\.\d\.\d .+; from=<.*> to=<\S+> proto=ESMTP helo=<\S+>$/,
  /^postfix\/smtpd\[\d+\]: lost connection after (EHLO|RCPT|DATA \(\d+ bytes\)) from \S+\[[\da-f.:]+\]$/,
  /^postfix\/smtpd\[\d+\]: warning: hostname \S+ does not resolve to address [\da-f.:]+: Name or service not known$/,
  /^postfix\/anvil\[\d+\]: statistics: max (connection rate|connection count|cache size) .+ at Apr 1[234] [\d:]{8}$/,
  /^dovecot: imap-login: Login: user=<\S+>, method=PLAIN, rip=\S+, lip=\S+, mpid=\d+, TLS, session=<\S+>$/,
  /^dovecot: imap\(\S+\)<\d+><\S+>: Disconnected: Logged out in=\d+ out=\d+ .+$/
]

test('each line has the shape of a real one, and each shape is there', async () => {
  const all = [first, await write({ outage: { ...outage, kind: 'cleanup-discard' } })].flatMap(
    ({ lines }) => lines
  )
  const deleted = (await write({ outage: { ...outage, kind: 'deferred-deleted' } })).lines
  const found = new Set<number>()
  for (const line of [...all, ...deleted]) {
    const [, text = ''] = /^Apr 1[34] \d\d:\d\d:\d\d mx1 (.*)$/.exec(line) ?? []
    const shape = shapes.findIndex(pattern => pattern.test(text))
    assert.notEqual(shape, -1, line)
    found.add(shape)
  }
  assert.equal(found.size, shapes.length)
})

test('the mix is as told: a third refused, half through the filter, most with one recipient', () => {
  const count = (pattern: RegExp) => first.lines.filter(line => pattern.test(line)).length
  const between = (value: number, least: number, most: number) =>
    assert.ok(least < value && value < most, `${value}`)
  const clients = count(/ postfix\/smtpd\[\d+\]: \w+: client=/)
  const sessions = count(/ postfix\/smtpd\[\d+\]: disconnect .* mail=1/)
  between(count(/ NOQUEUE: reject:/) / sessions, 0.27, 0.33)
  between(count(/ Anonymous TLS /) / sessions, 0.5, 0.6)
  between(count(/ postfix\/reinject\/smtpd\[\d+\]: \w+: client=/) / clients, 0.46, 0.54)
  between(count(/ nrcpt=1 /) / count(/ nrcpt=/), 0.85, 0.91)
  between(count(/ postfix\/smtpd\[\d+\]: lost connection after DATA/) / clients, 0.004, 0.02)
  between(count(/ Apr 13 03:|^Apr 13 03:/) / count(/^Apr 13 10:/), 0.08, 0.16)
})

test('every queue file is opened once and goes once, and none is opened while it is there', async () => {
  let reused = 0
  for (const kind of lossKinds) {
    const { lines } = await write({ outage: { ...outage, kind }, lines: 60_000 })
    const open = new Map<string, number>()
    for (const line of lines) {
      const [, id = '', what] =
        /\]: ([\dA-F]{11}): (client=|message-id=<\d{14}\.[\dA-F]{11}@mx1|removed|discard:)/.exec(line) ?? []
      if (what === 'removed' || what === 'discard:') {
        assert.equal(open.get(id), 1, line)
        open.set(id, 0)
      } else if (what) {
        assert.notEqual(open.get(id), 1, line)
        if (open.has(id)) reused++
        open.set(id, 1)
      }
    }
    const dropped = lines.filter(line => / lost connection after DATA/.test(line)).length
    assert.equal([...open.values()].filter(state => state === 1).length, dropped)
  }
  assert.ok(reused > 5, `${reused} IDs came again`)
})

for (const kind of lossKinds)
  for (const longIds of [false, true])
    test(`a slow reading finds what is lost and nothing else: ${kind}, ${longIds ? 'long' : 'short'} IDs`, async () => {
      const { lines, lost } = await write({ outage: { ...outage, kind }, longIds, lines: 60_000 })
      assert.ok(lost.length > 100, `${lost.length} lost`)
      assert.ok(lost.every(({ receivedAt }) => outage.from <= receivedAt && receivedAt < outage.to))
      assert.deepEqual(sorted(findLostMail(lines, isLostBy[kind])), sorted(lost))
    })

function sorted(rows: LostMail[]): string[] {
  return rows
    .map(({ recipient, receivedAt, sender, messageId, size, queueId }) =>
      JSON.stringify([receivedAt, queueId, recipient, sender, messageId, size ?? null])
    )
    .sort()
}

test('given mail is lost as it is given; rows of one message have one queue ID', async () => {
  const mail = [
    ['yoko@asahinet.jp', '20:06:00.000', 'a@mail.example', '<1@mail.example>', 700],
    ['ken@email.ne.jp', '20:06:00.000', 'a@mail.example', '<1@mail.example>', 700],
    ['yoko@asahinet.jp', '21:00:30.999', '', '<2@mail.example>', 9_000_000]
  ] as const
  const rows = mail.map(([recipient, time, sender, messageId, size]) => {
    return { recipient, receivedAt: at(`13T${time}`), sender, messageId, size }
  })
  const evening = { from: at('13T20:00'), to: at('13T22:30'), lines: 500 }
  const { lines, lost } = await write({
    ...evening,
    outage: undefined,
    given: { kind: 'discard', mail: rows }
  })
  assert.deepEqual(
    lost.map(({ queueId: _, ...row }) => row),
    rows.map((row, at) => ({ ...row, receivedAt: at < 2 ? row.receivedAt : row.receivedAt - 999 }))
  )
  assert.equal(new Set(lost.map(({ queueId }) => queueId)).size, 2)
  assert.deepEqual(sorted(findLostMail(lines, isLostBy.discard)), sorted(lost))
})

test('the log of the demo has the lost mail of the reference case', async () => {
  const file = place('demo.log', '')
  await writeDemoLog(file)
  assert.ok(statSync(file).size < 65e6)
  const lost = findLostMail(readFileSync(file, 'utf8').split('\n'), isLostBy.discard)
  // 88,798 affected addresses, and 380 of former members.
  assert.equal(new Set(lost.map(({ recipient }) => recipient)).size, 89_178)
  const hanakos = lost.filter(({ recipient }) => recipient === 'hanako.sato@asahi-net.or.jp')
  assert.deepEqual(
    [hanakos.length, hanakos.filter(({ sender }) => sender === 'yoko.suzuki@mail.example').length],
    [14, 3]
  )
})
