import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatOf, prefixOf } from '../../src/maillog/formats.ts'

/** The name of a line's form, and what is made of the line. */
function read(line: string, host = 'given') {
  const { name, normalize } = formatOf(`${line}\n`)
  return [name, normalize?.(line, host)]
}

function journal(entry: Record<string, unknown>) {
  return Buffer.from(JSON.stringify(entry)).toString('latin1')
}

describe('lines of syslog need no change', () => {
  for (const line of [
    'Nov  2 10:40:10 mx1 postfix/qmgr[812]: 4F2B31C0A1: removed',
    '2026-11-22T10:40:13.123456+09:00 mx1 postfix/qmgr[812]: 4F2B31C0A1: removed',
    '2026-11-22T10:40:13Z mx1.example postfix-out/smtp[7]: 4F2B31C0A1: to=<a@b>, relay=none',
    'Nov 22 10:40:10 mx1 last message repeated 2 times',
    'Nov 22 10:40:10 mx1 kernel: [1.5] eth0: link up'
  ]) {
    test(line.slice(0, 40), () => assert.deepEqual(read(line), ['syslog', undefined]))
  }
})

describe('the journal as JSON', () => {
  const entry = {
    __REALTIME_TIMESTAMP: '1795311613123456',
    _HOSTNAME: 'mx1',
    SYSLOG_IDENTIFIER: 'postfix/qmgr',
    SYSLOG_PID: '812',
    _PID: '813',
    MESSAGE: '4F2B31C0A1: removed'
  }
  const line = '2026-11-22T01:40:13.123456Z mx1 postfix/qmgr[812]: 4F2B31C0A1: removed'

  test('becomes a line in UTC, with microseconds', () => {
    assert.deepEqual(read(journal(entry)), ['journal-json', line])
    assert.equal(
      read(journal({ ...entry, __REALTIME_TIMESTAMP: '1795311613000007' }))[1],
      line.replace('123456', '000007')
    )
  })

  test('may lack host and process, or name the program otherwise', () => {
    const bare = { __REALTIME_TIMESTAMP: '1795311613123456', _COMM: 'exim4', MESSAGE: 'x' }
    assert.equal(read(journal(bare))[1], '2026-11-22T01:40:13.123456Z given exim4: x')
  })

  test('has messages in UTF-8, which stay bytes', () => {
    const said = journal({ ...entry, MESSAGE: 'to=<名@例.jp>' })
    assert.ok(read(said)[1]?.endsWith(': to=<\xe5\x90\x8d@\xe4\xbe\x8b.jp>'))
    const escaped = said.slice(0, -2).concat('\\u00e9\\u001b"}')
    assert.ok(read(escaped)[1]?.endsWith('.jp>\xc3\xa9\x1b'))
  })

  test('has messages that are no text as bytes, and those of several lines', () => {
    assert.ok(read(journal({ ...entry, MESSAGE: [255, 65, 10, 66] }))[1]?.endsWith(': \xffA#012B'))
    assert.ok(read(journal({ ...entry, MESSAGE: 'one\ntwo' }))[1]?.endsWith(': one#012two'))
    assert.ok(read(journal({ ...entry, MESSAGE: ['first', 'second'] }))[1]?.endsWith(': first'))
  })

  test('that is cut off or says nothing is not read', () => {
    const { normalize } = formatOf(journal(entry))
    assert.equal(normalize?.(journal(entry).slice(0, 50), 'given'), undefined)
    assert.equal(normalize?.(journal({ ...entry, MESSAGE: null }), 'given'), undefined)
    assert.equal(normalize?.('{}', 'given'), undefined)
    assert.equal(normalize?.('{"MESSAGE":null', 'given'), undefined)
  })
})

describe('RFC 5424', () => {
  test('has a header, with or without its priority', () => {
    const line = '1 2026-11-22T10:40:13.123456+09:00 mx1 postfix/qmgr 812 - - 4F2B31C0A1: removed'
    const made = '2026-11-22T10:40:13.123456+09:00 mx1 postfix/qmgr[812]: 4F2B31C0A1: removed'
    assert.deepEqual(read(line), ['rfc5424', made])
    assert.deepEqual(read(`<22>${line}`), ['rfc5424', made])
  })

  test('may have structured data, a byte order mark, and fields that are not known', () => {
    const data = '[origin ip="192.0.2.1" note="a \\"b\\] c"][x@1 y="z"]'
    const line = `<22>1 2026-11-22T01:40:13Z - dovecot - ID1 ${data} \xef\xbb\xbfimap-login: Login`
    assert.deepEqual(read(line), ['rfc5424', '2026-11-22T01:40:13Z given dovecot: imap-login: Login'])
  })
})

test('a priority before a line of syslog is dropped', () => {
  const line = 'Nov 22 10:40:10 mx1 postfix/qmgr[812]: 4F2B31C0A1: removed'
  assert.deepEqual(read(`<22>${line}`), ['pri', line])
  const other = '2026-11-22T10:40:13.5Z mx1 postfix/qmgr[812]: 4F2B31C0A1: removed'
  assert.deepEqual(read(`<22>${other}`), ['pri', other])
})

test('a year that stands in front', () => {
  assert.deepEqual(read('2013 Jun  1 06:27:30.123 mx1 postfix/smtp[9]: 4F2B31C0A1: to=<a@b>'), [
    'year-first',
    '2013-06-01T06:27:30.123 mx1 postfix/smtp[9]: 4F2B31C0A1: to=<a@b>'
  ])
})

describe('Exim', () => {
  const said = '1abcDE-000xyz-AB => :blackhole: <d1@exim.example> R=drop'

  test('writes its own log, without host', () => {
    assert.deepEqual(read(`2026-11-22 10:40:13 ${said}`), ['exim', `2026-11-22T10:40:13 given exim: ${said}`])
    assert.deepEqual(read(`2026-11-22 10:40:13.123 +0900 [4711] ${said}`), [
      'exim',
      `2026-11-22T10:40:13.123+0900 given exim[4711]: ${said}`
    ])
  })

  test('has long IDs since 4.97, and says more than what is of a message', () => {
    for (const line of [
      '1rABcd-0000000AbCd-0xYz Completed',
      'H=(x) [192.0.2.1] F=<a@b> rejected RCPT <c@d>: no',
      'exim 4.97 daemon started: pid=1'
    ]) {
      assert.deepEqual(read(`2026-11-22 10:40:13 ${line}`), [
        'exim',
        `2026-11-22T10:40:13 given exim: ${line}`
      ])
    }
  })

  test('writes its stamp also into syslog: it has the year', () => {
    assert.deepEqual(read(`Nov 22 10:40:14 mx1 exim[123]: 2026-11-22 10:40:13 ${said}`), [
      'exim',
      `2026-11-22T10:40:13 mx1 exim[123]: ${said}`
    ])
    assert.deepEqual(read(`2026-11-22T10:40:14+09:00 mx1 exim4: 2026-11-22 10:40:13 [123] ${said}`), [
      'exim',
      `2026-11-22T10:40:14+09:00 mx1 exim4[123]: ${said}`
    ])
  })

  test('is found in a syslog that it does not begin', () => {
    const other = 'Nov 22 10:40:12 mx1 dovecot: imap-login: Login'
    const head = `${other}\nNov 22 10:40:14 mx1 exim[123]: 2026-11-22 10:40:13 ${said}\n`
    const { name, normalize } = formatOf(head)
    assert.equal(name, 'exim')
    assert.equal(normalize?.(other, 'given'), other)
  })
})

describe("Dovecot's own log", () => {
  test('has neither host nor program; the level is dropped', () => {
    const source = 'lmtp(d1@dove.example)<531><a/B+c:1>: '
    assert.deepEqual(read(`Nov 22 10:46:10 ${source}Info: sieve: msgid=<x>: discard action`), [
      'dovecot',
      `Nov 22 10:46:10 given dovecot: ${source}sieve: msgid=<x>: discard action`
    ])
    assert.deepEqual(read('Nov 02 10:46:10 master: Warning: Killed with signal 15'), [
      'dovecot',
      'Nov 02 10:46:10 given dovecot: master: Killed with signal 15'
    ])
  })

  test('may have stamps with a year', () => {
    assert.deepEqual(read('2026-11-22 10:46:10 imap-login: Info: Login: user=<a>'), [
      'dovecot',
      '2026-11-22T10:46:10 given dovecot: imap-login: Login: user=<a>'
    ])
  })
})

describe('a log', () => {
  const plain = 'Nov 22 10:40:10 mx1 postfix/qmgr[812]: 4F2B31C0A1: removed'

  test('is told by its first line that can be read', () => {
    assert.equal(formatOf(`FF1: removed\n\xff\xfe\n\n${plain}\n`).name, 'syslog')
    assert.equal(formatOf(`\0\0\0\0${plain}\n`).name, 'syslog')
    assert.equal(formatOf(`k.example, relay=none\n<22>${plain}\n`).name, 'pri')
  })

  test('is none when no line looks like one', () => {
    for (const text of [
      '',
      'id,name\n1,x\n',
      '# Notes\n2026-11-22 10:40 meeting\n',
      '{"a":1}\n',
      '\x7fELF\0\0\n'
    ]) {
      assert.deepEqual(formatOf(text), { name: 'unknown' })
    }
  })

  test('may change its form in the middle', () => {
    const { normalize } = formatOf(`<22>${plain}\n`)
    assert.equal(normalize?.(plain, 'given'), plain)
    assert.equal(
      normalize?.('1 2026-11-22T10:40:13Z mx1 postfix/qmgr 812 - - x', 'given'),
      '2026-11-22T10:40:13Z mx1 postfix/qmgr[812]: x'
    )
    assert.equal(normalize?.('what is this', 'given'), undefined)
  })

  test('keeps bytes that are not UTF-8', () => {
    assert.deepEqual(read(`<22>${plain} \xe9\xff\x80`), ['pri', `${plain} \xe9\xff\x80`])
  })
})

test('stamp and host of a line', () => {
  assert.deepEqual(prefixOf('<22>Nov  2 10:40:10 mx1 postfix/qmgr[812]: x'), {
    stamp: 'Nov  2 10:40:10',
    host: 'mx1'
  })
  assert.deepEqual(prefixOf('2026-11-22 10:46:10.5 +0900 1abcDE-000xyz-AB Completed'), {
    stamp: '2026-11-22T10:46:10.5+0900',
    host: undefined
  })
  assert.equal(prefixOf('no line of a log'), undefined)
})
