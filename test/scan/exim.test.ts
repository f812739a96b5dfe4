import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { logOf, type ScanEnded, scan } from '../helpers/scan.ts'

// Logs of real servers; each message is named for what befell it, and what is expected was written down by a
// person who read the lines. What the server made itself has no name: bounces that stand alone, answers, warnings.
const log = (name: string) => path.join(import.meta.dirname, 'logs', name)

const ofBoth = [
  'mailbox alice@lab.example: to mailbox',
  'two alice@lab.example: to mailbox',
  'two bob@lab.example: to mailbox',
  'alias sales@vmail.example: to mailbox',
  'deep deep@vmail.example: to mailbox',
  'suffix info+tag@lab.example: to mailbox',
  'case Alice@LAB.example: to mailbox',
  'remote user@sink.example: to relay',
  'tworemote u1@sink.example: to relay',
  'tworemote u2@sink.example: to relay',
  'forward fwd@vmail.example: to relay',
  'lmtp l1@lmtp.example: to relay',
  'lmtp l2@lmtp.example: to relay',
  'lmtp quota@lmtp.example: bounced',
  'hole hole@vmail.example: blackhole',
  'null null@vmail.example: blackhole',
  'half half@vmail.example: blackhole',
  'half half@vmail.example: to mailbox',
  'tofile tofile@vmail.example: to file',
  'cmd cmd@vmail.example: to command',
  'deepcmd deepcmd@vmail.example: to command',
  'cmdfail cmdfail@vmail.example: bounced',
  'finish finish@vmail.example: blackhole',
  'autoreply autoreply@vmail.example: to service',
  '- a@sender.example: to relay',
  'vacation away@lab.example: to mailbox',
  '- a@sender.example: to relay',
  'discarded discarded@sink.example: discarded by reply',
  'evilreply evil@sink.example: to relay',
  'multi multi@sink.example: bounced',
  '- drop@vmail.example: discarded by access',
  '- drop@vmail.example: discarded by access',
  '- drop2@vmail.example: discarded by access',
  'rcptdrop2 alice@lab.example: to mailbox',
  '- alice@lab.example: discarded by access',
  '- bob@lab.example: discarded by access',
  '- carol@lab.example: to mailbox',
  // Its bounce is frozen.
  '- nobody@lab.example: notification queued',
  'onerej bob@lab.example: to mailbox',
  'fakerej alice@lab.example: to mailbox',
  'bounced rej@rej.example: bounced',
  'unroutable who@lab.example: bounced',
  'failed gone@vmail.example: bounced',
  'mixed alice@lab.example: to mailbox',
  'mixed rej@rej.example: bounced',
  'mixed temp@temp.example: queued',
  'mixed hole@vmail.example: blackhole',
  'mixed gone@vmail.example: bounced',
  'mixed fwd@vmail.example: to relay',
  'team team@vmail.example: to mailbox',
  'team team@vmail.example: to relay',
  'team team@vmail.example: queued',
  'once x@once.example: to relay',
  'once x@once.example: queued',
  'bouncealias bf@vmail.example: bounced',
  'localfail failing@lab.example: bounced',
  'noerr noerr@lab.example: bounced, nobody told',
  'nullsender rej@rej.example: bounced, nobody told',
  'nullok alice@lab.example: to mailbox',
  'bouncebounced rej@rej.example: bounced, nobody told',
  // Its bounce was removed by root.
  'bouncewaits rej@rej.example: bounced, nobody told',
  'bouncelocal rej@rej.example: bounced',
  'datarejremote datarej@sink.example: bounced',
  'cut cut@sink.example: to relay',
  'sysfreeze alice@lab.example: to mailbox',
  'aclfreeze alice@lab.example: to mailbox',
  'filterfreeze frz@vmail.example: bounced',
  'via f1@via.example: to mailbox',
  'via f2@via.example: to mailbox',
  'spam f3@spam.example: to mailbox',
  // The two servers sent it to each other.
  'peer bob@peer.example: to relay',
  'peer bob@peer.example: to mailbox',
  'dup sales@vmail.example: to mailbox',
  'never rej@rej.example: bounced, nobody told',
  'noerrmix noerr@lab.example: bounced, nobody told',
  'noerrmix rej@rej.example: bounced',
  'success alice@lab.example: to mailbox',
  'success rej@rej.example: bounced',
  '- a@sender.example: to relay',
  '"a => evil@x R=r T=t <victim@vmail.example> Completed"@x alice@lab.example: to mailbox',
  '- alice@lab.example: to mailbox',
  'hostile3 "a b"@lab.example: to mailbox',
  'hostile4 "evil <victim@vmail.example> R=x T=y: z"@lab.example: to mailbox',
  'hostile5 "evil defer (1): x"@sink.example: to relay',
  'tls alice@lab.example: to mailbox',
  'later grey2@sink.example: to relay',
  'temp temp@temp.example: queued',
  'temp2 temp@temp.example: queued',
  'temp2 alice@lab.example: to mailbox',
  'flaky flaky@vmail.example: to mailbox',
  'wait wait@vmail.example: queued',
  'rm1 temp1@temp.example: deleted',
  'rm2 temp2@temp.example: deleted',
  'rm2 bob@lab.example: to mailbox',
  'give temp3@temp.example: bounced',
  'give bob@lab.example: to mailbox',
  // An administrator said that it was delivered: nobody knows.
  'giveone temp4@temp.example: no word',
  'giveone temp5@temp.example: bounced',
  'lostd temp6@temp.example: deleted',
  'losth temp7@temp.example: deleted',
  'losth bob@lab.example: to mailbox',
  'lostboth temp8@temp.example: deleted',
  'expire x@expire.example: expired',
  'warn temp9@temp.example: queued',
  '- warn@sender.example: to relay',
  'warnfail x@expire.example: expired',
  'warnfail temp9@temp.example: expired',
  'fz temp10@temp.example: bounced',
  'md temp11@temp.example: no word',
  'md temp12@temp.example: no word',
  'mar temp13@temp.example: queued',
  'mar alice@lab.example: to mailbox',
  'es temp14@temp.example: queued',
  'notreally bob@lab.example: blackhole'
]

/** Recipients are named by what became of them only. */
const of496 = [
  ...ofBoth,
  // One alias led to the other, and the log names the last.
  'deephole hole@vmail.example: blackhole',
  'datadrop 1 unnamed: discarded by filter',
  'datadrop2 1 unnamed: discarded by filter',
  'localdrop 1 unnamed: discarded by filter',
  'sysfinish 1 unnamed: discarded by filter',
  'sysfail 1 unnamed: bounced',
  'rewritten bob@lab.example: to mailbox',
  'queuedrm 1 unnamed: deleted',
  'queuedleft 1 unnamed: queued'
]

/** With `log_selector = +all`: they are named at the arrival. */
const of498 = [
  ...ofBoth,
  'deephole deephole@vmail.example: blackhole',
  'datadrop alice@lab.example: discarded by filter',
  'datadrop2 alice@lab.example: discarded by filter',
  'datadrop2 sales@vmail.example: discarded by filter',
  'localdrop carol@lab.example: discarded by filter',
  'sysfinish alice@lab.example: discarded by filter',
  'sysfinish bob@lab.example: discarded by filter',
  'sysfail alice@lab.example: bounced',
  'sysfail bob@lab.example: bounced',
  // The alias of the other recipient led to this one.
  'dup alice@lab.example: to mailbox',
  'rewritten old@lab.example: to mailbox',
  'queuedrm carol@lab.example: deleted',
  'queuedrm alice@lab.example: deleted',
  'queuedleft carol@lab.example: queued'
]

test('Exim 4.96 as it logs by itself', async () => {
  const ended = await scan([log('exim-4.96.log')], '--host', 'mx1')
  assert.deepEqual(named(ended), of496.toSorted())
  assertBalanced(ended)
  assert.equal(ended.summary.totals.refused, 4)
  assert.equal(ended.summary.totals.recipients_unknown, 7)
})

test('Exim 4.98 with long IDs and all that it can log', async () => {
  const ended = await scan([log('exim-4.98.log')], '--host', 'mx1')
  assert.deepEqual(named(ended), of498.toSorted())
  assertBalanced(ended)
  assert.equal(ended.summary.totals.recipients_unknown, 0)
  const lost = ended.lost.find(({ message_id }) => message_id === '<deephole@client.example>')
  assert.deepEqual(
    [lost?.received_at, lost?.recipient, lost?.sender, lost?.size],
    ['2026-11-22T22:24:27.622Z', 'deephole@vmail.example', 'a@sender.example', '333']
  )
})

test('a main log without a host that was rotated in the middle', async () => {
  const lines = readFileSync(log('exim-4.96.log'), 'utf8').trimEnd().split('\n')
  const logs = [logOf(lines.slice(200), 'mainlog'), logOf(lines.slice(0, 200), 'mainlog.1')]
  const ended = await scan(logs, '--host', 'mx1')
  assert.deepEqual(named(ended), of496.toSorted())
  assert.deepEqual(
    ended.summary.hosts.map(({ host }) => host),
    ['mx1']
  )
})

test('Exim to syslog: long lines in parts, and what the reject log says again', async () => {
  const many = Array.from({ length: 40 }, (_, at) => `syslong recipient.number.${at}@sink.example: to relay`)
  const expected = [
    ...many,
    'sysmailbox alice@lab.example: to mailbox',
    'syshole hole@vmail.example: blackhole',
    '- drop@vmail.example: discarded by access',
    'sysdrop bob@lab.example: to mailbox',
    'syslongrej rej.recipient.number.0@sink.example: bounced',
    'syslongrej rej.recipient.number.1@sink.example: bounced',
    'syslongrej multi@sink.example: bounced',
    'systemp temp@temp.example: queued',
    'sysdata alice@lab.example: discarded by filter'
  ].toSorted()
  const text = readFileSync(log('exim-4.96-syslog.log'), 'utf8')
  // `syslog_timestamp = false`, and a name of its own.
  const bare = text
    .replaceAll(' exim[', ' exim-in[')
    .replaceAll(/(?<=\]: (?:\[1\S+ )?)2026-11-22 [\d:]+ /g, '')
  for (const lines of [text, bare].map(one => one.trimEnd().split('\n'))) {
    const ended = await scan([logOf(lines)], '--year', '2026')
    assert.deepEqual(named(ended), expected)
    assert.equal(ended.summary.totals.refused, 1)
    assertBalanced(ended)
  }
})

test('what waits and is never heard of again is lost after five days; what is frozen stays', async () => {
  const lines = [
    '2026-11-22 22:25:28 1xVG00-0002sd-0n <= a@sender.example H=(client.example) [127.0.0.1] P=esmtp S=300 id=temp@client.example',
    '2026-11-22 22:25:28 1xVG00-0002sd-0n == temp@temp.example R=temp T=dead defer (111): Connection refused',
    '2026-11-22 22:25:29 1xVG01-0002sd-0n <= a@sender.example H=(client.example) [127.0.0.1] P=esmtp S=300 id=frozen@client.example',
    '2026-11-22 22:25:29 1xVG01-0002sd-0n == temp@temp.example R=temp T=dead defer (111): Connection refused',
    '2026-11-22 22:25:30 1xVG01-0002sd-0n frozen by root',
    '2026-11-28 22:25:30 Start queue run: pid=5181'
  ]
  assert.deepEqual(named(await scan([logOf(lines)], '--host', 'mx1')), [
    'frozen temp@temp.example: held',
    'temp temp@temp.example: vanished'
  ])
})

test('a spool file that another process has just done with is no loss', async () => {
  const lines = [
    '2026-11-22 22:25:28 1xVG00-0002sd-0n <= a@sender.example H=(client.example) [127.0.0.1] P=esmtp S=300 id=ok@client.example',
    '2026-11-22 22:25:28 1xVG00-0002sd-0n => alice <alice@lab.example> R=local T=local_delivery',
    '2026-11-22 22:25:28 1xVG00-0002sd-0n Spool file 1xVG00-0002sd-0n-D not found',
    '2026-11-22 22:25:28 1xVG00-0002sd-0n Completed',
    '2026-11-22 22:25:28 1xVG00-0002sd-0n Spool file 1xVG00-0002sd-0n-D not found'
  ]
  assert.deepEqual(named(await scan([logOf(lines)], '--host', 'mx1')), ['ok alice@lab.example: to mailbox'])
})

/** `NAME RECIPIENT: outcome`, in alphabetical order; the name is that of the client's message. */
function named({ code, stderr, outcomes }: ScanEnded): string[] {
  assert.equal(code, 0, stderr)
  return outcomes
    .map(({ message_id = '', recipient, count, outcome }) => {
      const name = /^<(?!E1x)(.*?)(?:@client\.example)?>$/.exec(message_id)?.[1] ?? '-'
      return `${name} ${recipient || `${count} unnamed`}: ${outcome}`
    })
    .toSorted()
}

function assertBalanced({ summary, outcomes }: ScanEnded) {
  const { nrcpt, named, expanded, handedOn, ended, classes } = summary.totals
  assert.equal(nrcpt + named + expanded, ended + handedOn)
  const decided = Object.values(classes).flatMap(kinds => Object.values(kinds))
  for (const counts of [decided, outcomes.map(({ count }) => Number(count))])
    assert.equal(
      counts.reduce((one, other) => one + other, 0),
      ended
    )
}
