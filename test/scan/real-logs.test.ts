import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { outcomesOf, scan, wordsOf } from '../helpers/scan.ts'

// Logs of real servers; what is expected was written down by a person who read them, line by line.
const log = (name: string) => path.join(import.meta.dirname, 'logs', name)

test('Postfix, one way of losing mail after the other', async () => {
  assert.deepEqual(await outcomesOf([log('postfix-3.7.11-a.log')]), [
    '- drop@vmail.example: discarded by access',
    '02EC321A96F gone@lab.example: bounced',
    '0312D21A95E info@vmail.example: to mailbox',
    '0DEA021A962 info@vmail.example: discarded by filter',
    '2019B21A405 u@rej.example: bounced, nobody told',
    '293CD21A1A4 u@rej.example: bounced, nobody told',
    '3F9AF21A96E list1@lab.example: to mailbox',
    '3F9AF21A96E list1@lab.example: to mailbox',
    '4B6D421A961 info@vmail.example: to mailbox',
    '4B6D421A961 x@discard.example: discarded by transport',
    '4C4A521A0C6 u@notrans.example: maybe deleted',
    '4jXQd954PZzJblJ alice@lab.example: to mailbox',
    '4jXQdB3HtnzJblh alice@lab.example: to mailbox',
    '4jXQdG54wdzJbpn alice@lab.example: queued',
    '51AAC21A0C4 1 unnamed: discarded by access',
    '51AAC21A0C4 drop@vmail.example: discarded by access',
    '5A40C21A405 tofile@lab.example: to file',
    '6544621A57E u@temp.example: bounced',
    '662BE21A0C4 u@rej.example: bounced, nobody told',
    '6DDC321A423 u@rej.example: maybe deleted',
    '6E73621A3FB 1 unnamed: queued',
    '72E7721A968 fwd@vmail.example: to relay',
    '7B57421A57C 1 unnamed: maybe deleted',
    '7D98C21A6B9 carol@lab.example: to mailbox',
    '8268421A95F x@discard.example: discarded by transport',
    '8650821A0D2 u@sink.example: corrupt',
    '8921B21A3FD info@vmail.example: to mailbox',
    '8A19521A641 bob@lab.example: to mailbox',
    '8A19521A641 info@vmail.example: to mailbox',
    '8A7FE21A19F info@vmail.example: to mailbox',
    '8AD3721A40F u@temp.example: maybe deleted',
    '92C0921A96C u@temp.example: bounced',
    '9376021A3FA cmdtrue@lab.example: to command',
    '93AF921A96A u@anywhere.example: to relay',
    '99A1A21A612 user@pipe.example: to service',
    '9CF1F21A57C bob@lab.example: to command',
    '9E61921A674 u@temp.example: bounced',
    'A5C1021A967 user@wrong.example: to relay',
    'A9D5821A682 nosuch2@lab.example: bounced',
    'BB1B821A95E team@vmail.example: to mailbox',
    'BB1B821A95E team@vmail.example: to mailbox',
    'C2D9D21A0C6 info@vmail.example: maybe deleted',
    'C95D121A962 info@vmail.example: discarded by filter',
    'D06B621A192 blackhole@lab.example: to file'
  ])
})

test('Postfix with filters, and Dovecot behind it', async () => {
  const ended = await scan([log('postfix-3.7.11-b.log'), log('dovecot-2.3.19.log')])
  const long = `${'x'.repeat(60)}@${'y'.repeat(60)}.${'z'.repeat(60)}.sink.example`
  assert.deepEqual(wordsOf(ended.outcomes), [
    '12FAF21A9E7 u@temp.example: deleted',
    '12FAF21A9E7 v@temp.example: deleted',
    '147EA21A64E info@vmail.example: to mailbox',
    '1CFCD21A9C4 info@vmail.example: deleted',
    '2681421A9F5 info@vmail.example: to mailbox',
    '27F9121A9F6 info@vmail.example: to mailbox',
    '2864421A9F5 info@vmail.example: to mailbox',
    '28C7C21A9F6 info@vmail.example: to mailbox',
    '295D121A9F5 info@vmail.example: to mailbox',
    '29EAC21A9F6 info@vmail.example: to mailbox',
    '349F621A9F7 info@vmail.example: to mailbox',
    '3C8F821A9FA info@vmail.example: discarded by transport',
    '3C8F821A9FA sales@vmail.example: discarded by transport',
    '3E10B21A9F7 sales@vmail.example: to mailbox',
    '46C7F21A9C7 d3@dove.example: to relay',
    '4860621A9F8 info@vmail.example: to mailbox',
    '4A05A21A9F2 x@sink.example: to relay',
    '4D48021A972 l1@lsink.example: to relay',
    '4D48021A972 l2@lsink.example: to relay',
    `6A04921A965 ${long}: queued`,
    '7193A21A620 u@temp.example: expired, nobody told',
    '72FCF21A961 info@vmail.example: bounced',
    '7345D21A9B8 1 unnamed: discarded by filter',
    '7345D21A9B8 sales@vmail.example: discarded by filter',
    '7B46A21A95E info@vmail.example: to mailbox',
    '7B46A21A95E sales@vmail.example: to mailbox',
    '7D6B521A9F4 info@vmail.example: to mailbox',
    '7F26521A9E6 info@vmail.example: discarded by filter',
    '8856621A962 info@vmail.example: to mailbox',
    '8878821A422 info@vmail.example: to mailbox',
    '8878821A422 sales@vmail.example: to mailbox',
    '8DBA321A9EC u@temp.example: expired',
    '926C021A620 info@vmail.example: discarded by transport',
    '926C021A620 sales@vmail.example: discarded by transport',
    '9C4C621A972 d2@dove.example: discarded by Sieve',
    'A431A21A9E9 u@temp.example: expired',
    'ABA0921A0C4 info@vmail.example: bounced',
    'C1FCF21A9E7 u@temp.example: deleted',
    'CDF5121A9F8 info@vmail.example: to mailbox',
    'D2B5821A9E5 2 unnamed: discarded by filter',
    'D2B5821A9E5 b1@vmail.example: discarded by filter',
    'D9D7921A9FA info@vmail.example: discarded by transport',
    'D9D7921A9FA sales@vmail.example: discarded by transport',
    'E7FA921A9C7 d9@dove.example: bounced',
    'EE35121A972 d1@dove.example: to relay'
  ])
  assert.deepEqual(
    ended.summary.hosts.map(({ host, lines }) => [host, lines]),
    [['mx1', 624]]
  )
})

test('Sendmail', async () => {
  assert.deepEqual(await outcomesOf([log('sendmail-8.17.1.log')]), [
    '6AMB0MRZ000072 alice@lab.example: to mailbox',
    '6AMB0Nhp000081 blackhole@lab.example: blackhole',
    '6AMB0O48000088 cmdtrue@lab.example: to command',
    '6AMB0Psc000099 tofile@lab.example: to file',
    '6AMB0RRC000114 alice@lab.example: to mailbox',
    '6AMB0Sqk000122 alice@lab.example: discarded by filter',
    '6AMB0TF1000129 1 unnamed: discarded by filter',
    '6AMB0UAe000135 1 unnamed: held',
    '6AMB0WBq000148 x@temp.example: queued',
    '6AMB0dZ2000161 alice: to mailbox',
    '6AMB0dZ2000161 bob: to mailbox',
    '6AMB0enm000170 null@vdom.example: blackhole',
    '6AMB0gE3000178 x@err.example: queued'
  ])
})

test('a folder is read as a whole, and its recipients add up', async () => {
  const { code, summary, stderr } = await scan([path.join(import.meta.dirname, 'logs')])
  assert.equal(code, 0, stderr)
  const { nrcpt, named, expanded, handedOn, ended, classes, recipients_unknown } = summary.totals
  assert.equal(nrcpt + named + expanded, ended + handedOn)
  // The two Exims are one host here, and one recipient was handed from one to the other.
  assert.equal(ended, 44 + 46 + 4 + 13 + 123 + 128 - 1 + 49)
  assert.equal(recipients_unknown, 3 + 3 + 2 + 7)
  const decided = Object.values(classes).flatMap(kinds => Object.values(kinds))
  assert.equal(
    decided.reduce((one, other) => one + other, 0),
    ended
  )
})

test('Postfix, mail that an administrator holds, releases, queues anew and gives up', async () => {
  const { outcomes, summary } = await scan([log('postfix-3.7.11-requeued.log')], '--year', '2026')
  assert.deepEqual(wordsOf(outcomes), [
    '823CF20E385 e@dead.example: expired, nobody told',
    '8985E20E3C7 f@dead.example: queued',
    'B3A3120E6B5 c@dead.example: discarded by transport',
    'B3A3120E6B5 d@ok.example: discarded by transport'
  ])
  const { messages, nrcpt, handedOn, ended } = summary.totals
  assert.deepEqual({ messages, nrcpt, handedOn, ended }, { messages: 3, nrcpt: 6, handedOn: 2, ended: 4 })
})
