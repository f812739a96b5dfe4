import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logOf, outcomesOf, scan, wordsOf } from '../helpers/scan.ts'

const at = (time: string, said: string, host = 'mx1') => `Nov 22 ${time} ${host} postfix${said}`
const client = (time: string, id: string) => at(time, `/smtpd[143]: ${id}: client=unknown[127.0.0.1]`)
const messageId = (time: string, id: string, name: string) =>
  at(time, `/cleanup[146]: ${id}: message-id=<${name}>`)
const active = (time: string, id: string, nrcpt = 1, from = 'a@sender.example') =>
  at(time, `/qmgr[138]: ${id}: from=<${from}>, size=400, nrcpt=${nrcpt} (queue active)`)
const removed = (time: string, id: string) => at(time, `/qmgr[138]: ${id}: removed`)
const delivered = (
  time: string,
  id: string,
  {
    to = '<info@vmail.example>',
    by = 'virtual',
    relay = 'virtual',
    dsn = '2.0.0',
    status = 'sent (delivered to maildir)'
  } = {}
) =>
  at(
    time,
    `/${by}[147]: ${id}: to=${to}, relay=${relay}, delay=0.02, delays=0.01/0.01/0/0, dsn=${dsn}, status=${status}`
  )
const discarded = { by: 'discard', relay: 'none', status: 'sent (vmail.example)' }
const arrival = (time: string, id: string, name = `${id}@sender.example`) => [
  client(time, id),
  messageId(time, id, name),
  active(time, id)
]

test('1. a short queue ID that is used again is another message, also within the same second', async () => {
  const log = logOf([
    ...arrival('10:40:13', '0312D21A95E', 'one@x'),
    delivered('10:40:13', '0312D21A95E'),
    removed('10:40:13', '0312D21A95E'),
    ...arrival('10:40:13', '0312D21A95E', 'two@x'),
    delivered('10:40:13', '0312D21A95E', { ...discarded, to: '<b@vmail.example>' }),
    removed('10:40:13', '0312D21A95E')
  ])
  const { outcomes } = await scan([log])
  assert.deepEqual(
    outcomes.map(({ message_id, outcome }) => [message_id, outcome]),
    [
      ['<one@x>', 'to mailbox'],
      ['<two@x>', 'discarded by transport']
    ]
  )
})

test('1. queue IDs are of one host and one mail system, and their case counts', async () => {
  const log = logOf([
    ...arrival('10:40:13', '4jXQd954PZzJblJ', 'one@x'),
    ...arrival('10:40:13', '4jXQd954PZzJblj', 'two@x'),
    ...arrival('10:40:13', '4jXQd954PZzJblJ', 'three@x').map(line =>
      line.replace('postfix/', 'postfix-out/')
    ),
    ...arrival('10:40:13', '4jXQd954PZzJblJ', 'four@x').map(line => line.replace(' mx1 ', ' mx2 ')),
    delivered('10:40:14', '4jXQd954PZzJblJ', discarded),
    removed('10:40:14', '4jXQd954PZzJblJ')
  ])
  const { lost } = await scan([log])
  assert.deepEqual(
    lost.map(({ message_id }) => message_id),
    ['<one@x>']
  )
})

test('2. what Postfix dates itself tells the year, whatever the file was changed', async () => {
  const log = logOf([
    client('10:42:37', '4jXQd954PZzJblJ'),
    messageId('10:42:37', '4jXQd954PZzJblJ', '20261122104237.4jXQd954PZzJblJ@mx1.lab.example'),
    active('10:42:37', '4jXQd954PZzJblJ'),
    delivered('10:42:37', '4jXQd954PZzJblJ', discarded)
  ])
  const { lost, stderr } = await scan([log], '--from', '2020-01-01T00:00', '--to', '2030-01-01T00:00')
  assert.equal(lost[0]?.received_at, '2026-11-22T10:42:37.000Z')
  assert.doesNotMatch(stderr, /--year/)
})

test('3. a client that goes away in the middle leaves no message', async () => {
  const log = logOf([
    client('10:41:34', '7E11921A590'),
    at('10:41:35', '/smtpd[504]: lost connection after DATA (40 bytes) from unknown[127.0.0.1]'),
    messageId('10:41:35', '7E11921A590', 'half@x')
  ])
  const { outcomes, summary } = await scan([log])
  assert.deepEqual(outcomes, [])
  assert.equal(summary.totals.never_accepted, 1)
})

test('4. "removed" proves no delivery: by postsuper it is a loss, without an outcome nothing is known', async () => {
  const deferred = { by: 'smtp', relay: 'none', dsn: '4.3.0', status: 'deferred (450 4.3.0 Error)' }
  const log = logOf([
    ...arrival('10:45:04', '12FAF21A9E7'),
    delivered('10:45:04', '12FAF21A9E7', deferred),
    at('10:45:05', '/postsuper[146]: 12FAF21A9E7: removed'),
    ...arrival('10:45:06', '22FAF21A9E7'),
    removed('10:45:06', '22FAF21A9E7')
  ])
  assert.deepEqual(await outcomesOf([log]), [
    '12FAF21A9E7 info@vmail.example: deleted',
    '22FAF21A9E7 1 unnamed: no word'
  ])
})

test('4. "Deleted: N messages" without IDs is certain only for all that is in the queue', async () => {
  const deferred = { by: 'smtp', relay: 'none', dsn: '4.3.0', status: 'deferred (450 4.3.0 Error)' }
  const one = [...arrival('10:45:05', 'C1FCF21A9E7'), delivered('10:45:05', 'C1FCF21A9E7', deferred)]
  const two = [...arrival('10:45:05', 'C2FCF21A9E7'), delivered('10:45:05', 'C2FCF21A9E7', deferred)]
  const deleted = at('10:45:07', '/postsuper[153]: Deleted: 1 message')
  assert.deepEqual(await outcomesOf([logOf([...one, deleted])]), ['C1FCF21A9E7 info@vmail.example: deleted'])
  const again = delivered('10:46:00', 'C2FCF21A9E7')
  assert.deepEqual(await outcomesOf([logOf([...one, ...two, deleted, again])]), [
    'C1FCF21A9E7 info@vmail.example: maybe deleted',
    'C2FCF21A9E7 info@vmail.example: to mailbox'
  ])
})

test('5. recipients that no line names are counted', async () => {
  const log = logOf([
    client('10:45:04', '12FAF21A9E7'),
    messageId('10:45:04', '12FAF21A9E7', 'x@x'),
    active('10:45:04', '12FAF21A9E7', 3),
    delivered('10:45:04', '12FAF21A9E7'),
    removed('10:45:05', '12FAF21A9E7')
  ])
  const { summary, outcomes } = await scan([log])
  assert.equal(summary.totals.recipients_unknown, 2)
  assert.deepEqual(
    outcomes.map(({ recipient, count, outcome }) => [recipient, count, outcome]),
    [
      ['info@vmail.example', '1', 'to mailbox'],
      ['', '2', 'no word']
    ]
  )
})

test('5. how many recipients a message had that was thrown away at once, the end of its session tells', async () => {
  const thrown = (id: string) => [
    client('10:40:01', id),
    at(
      '10:40:01',
      `/cleanup[146]: ${id}: discard: header Subject: x from unknown[127.0.0.1]; from=<a@sender.example> to=<info@vmail.example> proto=ESMTP helo=<c>: rule`
    )
  ]
  const ends = (said: string) =>
    at('10:40:02', `/smtpd[143]: disconnect from unknown[127.0.0.1] ehlo=1 ${said}`)
  const named = '0312D21A95E info@vmail.example: discarded by filter'
  const ask = (...lines: string[]) => outcomesOf([logOf([...thrown('0312D21A95E'), ...lines])])
  assert.deepEqual(await ask(ends('mail=1 rcpt=3/4 data=1')), [
    '0312D21A95E 2 unnamed: discarded by filter',
    named
  ])
  assert.deepEqual(await ask(ends('mail=1 rcpt=1 data=1')), [named])
  // Whose they are of two messages is not known; nor of what another session says.
  assert.deepEqual(await ask(ends('mail=2 rcpt=3 data=2')), [named])
  const next = at('10:40:02', '/smtpd[143]: connect from unknown[127.0.0.1]')
  assert.deepEqual(await ask(next, ends('mail=1 rcpt=3 data=1')), [named])
})

test('5. of whom there is no word is in the file too, and mail that nobody knows the recipient of is a gap', async () => {
  const deferred = { by: 'smtp', relay: 'none', dsn: '4.3.0', status: 'deferred (450 4.3.0 Error)' }
  const log = logOf([
    ...arrival('10:45:04', '12FAF21A9E7'),
    delivered('10:45:04', '12FAF21A9E7', deferred),
    ...arrival('10:45:05', '22FAF21A9E7'),
    at('10:45:06', '/postsuper[146]: Deleted: 1 message'),
    at('10:45:07', '/qmgr[138]: 22FAF21A9E7: removed')
  ])
  const { lost, unknown, summary } = await scan([log])
  assert.deepEqual(lost, [])
  assert.deepEqual(
    unknown.map(({ recipient, queue_id }) => [recipient, queue_id]),
    [['info@vmail.example', '12FAF21A9E7']]
  )
  assert.deepEqual(summary.hosts[0]?.gaps, [
    { from: '2026-11-22T10:45:05.000Z', to: '2026-11-22T10:45:06.000Z', reason: 'recipients unknown' }
  ])
})

test('6. the last word on a recipient counts; probes are none', async () => {
  const soft = { by: 'smtp', relay: 'none', dsn: '4.3.0', status: 'SOFTBOUNCE (500 5.3.0 Error)' }
  const log = logOf([
    ...arrival('10:45:04', '12FAF21A9E7'),
    delivered('10:45:04', '12FAF21A9E7', soft),
    active('10:46:04', '12FAF21A9E7'),
    delivered('10:46:04', '12FAF21A9E7'),
    removed('10:46:04', '12FAF21A9E7'),
    ...arrival('10:46:05', '22FAF21A9E7'),
    delivered('10:46:05', '22FAF21A9E7', { status: 'deliverable (delivers to maildir)' }),
    removed('10:46:05', '22FAF21A9E7')
  ])
  assert.deepEqual(await outcomesOf([log]), ['12FAF21A9E7 info@vmail.example: to mailbox'])
})

test('7. the address that the customer owns is the original one', async () => {
  const log = logOf([
    ...arrival('10:40:39', '72E7721A968'),
    delivered('10:40:39', '72E7721A968', {
      ...discarded,
      to: '<user@wrong.example>, orig_to=<fwd@vmail.example>'
    })
  ])
  const { lost } = await scan([log])
  assert.equal(lost[0]?.recipient, 'fwd@vmail.example')
})

test('8. a message that a filter hands back is one, lost at the end of its chain', async () => {
  const through = { by: 'scan/smtp', relay: '127.0.0.1[127.0.0.1]:10026' }
  const chain = (word: string, link: string) => [
    ...arrival('10:45:59', '8878821A422', 'same@x'),
    at('10:45:59', `/reinject/smtpd[367]: 8D36721A971: client=localhost[127.0.0.1]${link}`),
    messageId('10:45:59', '8D36721A971', 'same@x'),
    at('10:45:59', '/qmgr[138]: 8D36721A971: from=<a@sender.example>, size=547, nrcpt=1 (queue active)'),
    delivered('10:45:59', '8878821A422', {
      ...through,
      status: `sent (${word}250 2.0.0 Ok: queued as 8D36721A971)`
    }),
    removed('10:45:59', '8878821A422'),
    delivered('10:46:59', '8D36721A971', discarded),
    removed('10:46:59', '8D36721A971')
  ]
  const link = ', orig_queue_id=8878821A422, orig_client=unknown[127.0.0.1]'
  for (const log of [
    chain('', link),
    chain('', ''),
    chain('250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): ', '')
  ]) {
    const { lost, outcomes, summary } = await scan([logOf(log)])
    assert.equal(outcomes.length, 1)
    const [{ recipient, received_at, size, queue_id } = {}] = lost
    assert.deepEqual(
      [recipient, received_at, size, queue_id],
      ['info@vmail.example', '2026-11-22T10:45:59.000Z', '400', '8878821A422']
    )
    assert.equal(summary.totals.handedOn, 1)
  }
})

test("8. a filter's copy that is thrown away is lost for all who were handed on in it", async () => {
  const through = {
    by: 'scan/smtp',
    relay: '127.0.0.1[127.0.0.1]:10026',
    status: 'sent (250 2.0.0 Ok: queued as 8D36721A971)'
  }
  const log = logOf([
    client('10:45:59', '8878821A422'),
    messageId('10:45:59', '8878821A422', 'same@x'),
    active('10:45:59', '8878821A422', 2),
    at(
      '10:45:59',
      '/reinject/smtpd[367]: 8D36721A971: client=localhost[127.0.0.1], orig_queue_id=8878821A422'
    ),
    at(
      '10:45:59',
      '/cleanup[363]: 8D36721A971: discard: header Subject: X from localhost[127.0.0.1]; from=<a@sender.example> to=<sales@vmail.example> proto=ESMTP helo=<client.example>: header rule 17'
    ),
    delivered('10:45:59', '8878821A422', through),
    delivered('10:45:59', '8878821A422', {
      ...through,
      to: '<sales@vmail.example>, orig_to=<team@vmail.example>'
    }),
    removed('10:45:59', '8878821A422')
  ])
  assert.deepEqual(await outcomesOf([log]), [
    '8878821A422 info@vmail.example: discarded by filter',
    '8878821A422 team@vmail.example: discarded by filter'
  ])
})

test('9. a message-id may look like any other field', async () => {
  const log = logOf([
    client('10:46:25', 'CDF5121A9F8'),
    messageId('10:46:25', 'CDF5121A9F8', 'a, to=<evil@x>, relay=none, dsn=2.0.0, status=sent (x)'),
    active('10:46:25', 'CDF5121A9F8', 1, '"x>, size=1, nrcpt=9 (queue active)"@sender.example'),
    delivered('10:46:25', 'CDF5121A9F8', discarded)
  ])
  const { lost } = await scan([log])
  assert.equal(lost.length, 1)
  assert.equal(lost[0]?.recipient, 'info@vmail.example')
  assert.equal(lost[0]?.sender, '"x>, size=1, nrcpt=9 (queue active)"@sender.example')
})

test('10. quoted local parts, tls= in delivery lines, and any name of a service', async () => {
  const log = logOf([
    ...arrival('10:46:25', 'CDF5121A9F8'),
    at(
      '10:46:26',
      '/mx-out/smtp[9]: CDF5121A9F8: to=<"a>, relay=x\\" b"@vmail.example>, relay=mx.example[192.0.2.9]:25, conn_use=2, delay=1, delays=0/0/0/1, tls=verified, dsn=2.7.1, status=sent (250 2.7.1 Ok, discarded, id=1 - spam)'
    )
  ])
  const { lost, outcomes } = await scan([log])
  assert.equal(lost[0]?.recipient, '"a>, relay=x\\" b"@vmail.example')
  assert.equal(outcomes[0]?.outcome, 'discarded by reply')
  assert.equal(outcomes[0]?.relay, 'mx.example[192.0.2.9]:25')
})

test('11. lines of two hosts are not mixed, and mail that came before the window is not of it', async () => {
  const log = logOf([
    ...arrival('10:00:00', '0312D21A95E', 'before@x'),
    ...arrival('10:30:00', '1312D21A95E', 'in@x'),
    ...arrival('10:30:00', '0312D21A95E', 'other@x').map(line => line.replace(' mx1 ', ' mx2 ')),
    delivered('10:30:01', '0312D21A95E', discarded),
    delivered('11:30:00', '1312D21A95E', discarded)
  ])
  const { lost } = await scan([log], '--from', '2026-11-22T10:15', '--to', '2026-11-22T11:00')
  assert.deepEqual(
    lost.map(({ message_id }) => message_id),
    ['<in@x>']
  )
})

test('12. what says that lines are missing is a gap; so are a silence and a file cut off', async () => {
  const clock = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(11, 19)
  const noise = Array.from({ length: 360 }, (_, at) => client(clock(36_000 + at * 10), '0312D21A95E'))
  const log = logOf([
    ...noise,
    'Nov 22 10:59:55 mx1 systemd-journald[88]: Suppressed 142 messages from postfix.service',
    client('12:30:00', '0312D21A95E')
  ])
  const { summary } = await scan([log])
  assert.deepEqual(summary.hosts[0]?.gaps, [
    { from: '2026-11-22T10:59:25.000Z', to: '2026-11-22T10:59:55.000Z', reason: 'suppressed' },
    { from: '2026-11-22T10:59:55.000Z', to: '2026-11-22T12:30:00.000Z', reason: 'silent' }
  ])
})

test('deferred and never heard of again is a loss when the log goes on for longer than mail may wait', async () => {
  const deferred = { by: 'smtp', relay: 'none', dsn: '4.3.0', status: 'deferred (450 4.3.0 Error)' }
  const start = [...arrival('10:41:01', '8AD3721A40F'), delivered('10:41:01', '8AD3721A40F', deferred)]
  const later = (day: number) => [`Nov ${day} 10:41:02 mx1 postfix/smtpd[1]: connect from unknown[127.0.0.1]`]
  assert.deepEqual(await outcomesOf([logOf([...start, ...later(26)])], '--year', '2026'), [
    '8AD3721A40F info@vmail.example: queued'
  ])
  assert.deepEqual(await outcomesOf([logOf([...start, ...later(28)])], '--year', '2026'), [
    '8AD3721A40F info@vmail.example: vanished'
  ])
})

test('what an administrator holds is not lost, however long; what is released and not heard of again is', async () => {
  const deferred = { by: 'smtp', relay: 'none', dsn: '4.3.0', status: 'deferred (450 4.3.0 Error)' }
  const start = [...arrival('10:41:01', '8AD3721A40F'), delivered('10:41:01', '8AD3721A40F', deferred)]
  const held = at('10:42:01', '/postsuper[9]: 8AD3721A40F: placed on hold')
  const released = at('10:43:01', '/postsuper[9]: 8AD3721A40F: released from hold')
  const later = 'Nov 28 10:43:02 mx1 postfix/smtpd[1]: connect from unknown[127.0.0.1]'
  const ask = (...lines: string[]) => outcomesOf([logOf([...start, ...lines, later])], '--year', '2026')
  assert.deepEqual(await ask(held), ['8AD3721A40F info@vmail.example: held'])
  assert.deepEqual(await ask(held, released), ['8AD3721A40F info@vmail.example: vanished'])
})

test('mail that is queued anew is one message, and ends where the new one does', async () => {
  const deferred = { by: 'smtp', relay: 'none', dsn: '4.3.0', status: 'deferred (450 4.3.0 Error)' }
  const start = [
    client('10:41:01', '8AD3721A40F'),
    messageId('10:41:01', '8AD3721A40F', 'one@sender.example'),
    active('10:41:01', '8AD3721A40F', 3),
    delivered('10:41:01', '8AD3721A40F'),
    delivered('10:41:01', '8AD3721A40F', { to: '<bob@vmail.example>', ...deferred }),
    at('10:45:00', '/postsuper[9]: 8AD3721A40F: requeued')
  ]
  const anew = [
    at('10:45:01', '/pickup[5]: 9BD3721A40F: uid=102 from=<a@sender.example> orig_id=8AD3721A40F'),
    messageId('10:45:01', '9BD3721A40F', 'one@sender.example'),
    active('10:45:01', '9BD3721A40F', 2),
    delivered('10:45:01', '9BD3721A40F', { to: '<bob@vmail.example>' }),
    delivered('10:45:01', '9BD3721A40F', { to: '<carol@vmail.example>', ...discarded }),
    removed('10:45:02', '9BD3721A40F')
  ]
  const later = 'Nov 28 10:43:02 mx1 postfix/smtpd[1]: connect from unknown[127.0.0.1]'
  const { outcomes, lost, summary } = await scan([logOf([...start, ...anew, later])], '--year', '2026')
  assert.deepEqual(wordsOf(outcomes), [
    '8AD3721A40F bob@vmail.example: to mailbox',
    '8AD3721A40F carol@vmail.example: discarded by transport',
    '8AD3721A40F info@vmail.example: to mailbox'
  ])
  assert.equal(lost.length, 1)
  const { messages, nrcpt, expanded, handedOn, ended } = summary.totals
  assert.deepEqual([messages, nrcpt, expanded, handedOn, ended], [1, 5, 0, 2, 3])
  assert.deepEqual(await outcomesOf([logOf([...start, later])], '--year', '2026'), [
    '8AD3721A40F 1 unnamed: vanished',
    '8AD3721A40F bob@vmail.example: vanished',
    '8AD3721A40F info@vmail.example: to mailbox'
  ])
})

test('a remote server that names the next message again and again does not bring the scan down', async () => {
  const ids = Array.from({ length: 20_000 }, (_, number) => `${number + 100_000}A95E`)
  const came = ids.flatMap(id => [
    client('10:00:00', id),
    messageId('10:00:00', id, 'same@x'),
    active('10:00:00', id)
  ])
  const went = ids.map((id, number) => [
    delivered('10:00:01', id, { by: 'smtp', status: `sent (250 2.0.0 Ok: queued as ${ids[number + 1]})` }),
    removed('10:00:01', id)
  ])
  const later = client('10:10:00', '0312D21A95E')
  for (const pairs of [went, went.toReversed()]) {
    const { code, stderr } = await scan([logOf([...came, ...pairs.flat(), later])])
    assert.equal(code, 0, stderr)
  }
})
