import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { mypage, mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
const file = temporaryFiles()
const { url: SMTP_URL, mails } = await openMailServer()
const settings = {
  SMTP_URL,
  MAIL_FROM: 'notice@aoba.example',
  BOUNCE_ADDRESS: 'bounce@aoba.example',
  BASE_URL: 'http://127.0.0.1:3000'
}
const notices = (...args: string[]) => mypageWith(settings, url, 'notices', ...args)

await addCast(db)
await pool.query(
  `update accounts set contact_email = 'soumu@akane.example', language = 'en' where login_id = 'A0012345'`
)
await pool.query(`update accounts set contact_email = 'hanako@elsewhere.example' where login_id = 'hanako'`)
await addIncident(db, 'outage')
const header = 'recipient,received_at,sender,message_id,size,queue_id'
const lost = (email: string, minute: number) =>
  `${email},2017-04-13T20:${minute}:00+09:00,shop@ichiba.example,<${email}${minute}@x>,1,Q${minute}`
await publishScope(
  { db, pool },
  'outage',
  file(
    'one.csv',
    [
      header,
      lost('hanako@aoba.example', 10),
      lost('hanako@aoba.example', 11),
      lost('taro@aoba.example', 12),
      lost('info@aoba-net.example', 13),
      lost('sales@aoba-net.example', 14),
      lost('keiri@aoba-net.example', 15),
      ''
    ].join('\n')
  )
)

test('a dry run says what it would be, and writes nothing', async () => {
  const { stdout, code } = await notices('plan', 'outage', '--dry-run')
  assert.equal(code, 0)
  // hanako and A0012345 by their contact address, taro by his own, A0099999 has none that is known.
  assert.match(stdout, /^4 notices of 5 addresses would be planned, for scope version 1\.$/m)
  assert.match(stdout, /no mailbox known: 1/)
  assert.equal((await pool.query('select from notices')).rowCount, 0)
})

test('the plan is one notice an account and mailbox, and planning again adds none', async () => {
  assert.match((await notices('plan', 'outage')).stdout, /^4 notices of 5 addresses are planned/m)
  assert.match((await notices('plan', 'outage')).stdout, /^0 notices of 0 addresses are planned/m)
  const { rows } = await pool.query(
    `select recipient, kind, language, addresses, state from notices order by recipient nulls last`
  )
  assert.deepEqual(rows, [
    {
      recipient: 'hanako@elsewhere.example',
      kind: 'affected',
      language: 'ja',
      addresses: 1,
      state: 'planned'
    },
    { recipient: 'soumu@akane.example', kind: 'affected', language: 'en', addresses: 2, state: 'planned' },
    { recipient: 'taro@aoba.example', kind: 'affected', language: 'ja', addresses: 1, state: 'planned' },
    { recipient: null, kind: 'affected', language: 'ja', addresses: 1, state: 'unreachable' }
  ])
})

test('without the address of the portal nothing is sent: each notice tells it', async () => {
  const { code, stderr } = await mypageWith({ ...settings, BASE_URL: '' }, url, 'notices', 'send', 'outage')
  assert.equal(code, 1)
  assert.match(stderr, /BASE_URL is missing/)
  assert.equal(mails.length, 0)
})

test('they are sent once, in the language of the account, and the ledger adds up to the scope', async () => {
  const sent = await notices('send', 'outage')
  assert.equal(sent.code, 0, sent.stderr)
  assert.deepEqual(mails.map(({ to }) => to).sort(), [
    'hanako@elsewhere.example',
    'soumu@akane.example',
    'taro@aoba.example'
  ])
  await notices('send', 'outage')
  assert.equal(mails.length, 3)
  const { stdout } = await notices('status', 'outage')
  assert.match(stdout, /^Affected addresses of scope version 1: 5$/m)
  assert.match(stdout, /^ {2}accepted: 4$/m)
  assert.match(stdout, /^ {2}unreachable: 1$/m)
  assert.match(stdout, /^5 of 5 accounted for\.$/m)
})

test('a notice tells addresses, window, site and its number, and has no link, no picture and no sender of mail', async () => {
  const { rows } = await pool.query(`select recipient, token from notices where recipient is not null`)
  for (const mail of mails) {
    const { token } = rows.find(({ recipient }) => recipient === mail.to)
    assert.equal(mail.messageId, `<${token}@aoba.example>`)
    assert.equal(mail.returnPath, `bounce+${token.replaceAll('-', '')}@aoba.example`)
    assert.match(mail.from, /<notice@aoba\.example>/)
    assert.equal(mail.headers.get('auto-submitted'), 'auto-generated')
    const suppressed = String(mail.headers.get('x-auto-response-suppress')).split(', ')
    assert.ok(suppressed.includes('OOF'))
    assert.ok(
      !suppressed.includes('NDR') && !suppressed.includes('All'),
      'what cannot be delivered comes back'
    )
    const number = token.slice(0, 8).toUpperCase()
    for (const text of [mail.text, mail.html]) {
      assert.ok(text.includes(`${number.slice(0, 4)}-${number.slice(4)}`))
      assert.ok(text.includes('127.0.0.1:3000'))
      assert.doesNotMatch(text, /https?:\/\/|<a |<img|ichiba/)
    }
  }
  const to = (address: string) => mails.find(mail => mail.to === address)
  const hanako = to('hanako@elsewhere.example')
  assert.equal(hanako?.subject, '【重要】メールが失われたことのお詫びとお知らせ')
  assert.match(hanako?.text ?? '', /青葉 花子　さま[^]*2017年4月13日（木）20:06〜22:25（日本標準時）/)
  assert.match(hanako?.text ?? '', /・hanako@aoba\.example（失われたメール：2通）/)
  const company = to('soumu@akane.example')
  assert.equal(company?.subject, 'Important: mail to you was lost')
  assert.match(company?.text ?? '', /Affected: 2/)
  assert.doesNotMatch(company?.text ?? '', /aoba-net\.example/)
})

test('who nobody has reached is listed for letters and calls', async () => {
  const out = file('rest.csv', '')
  assert.match((await notices('rest', 'outage', '--out', out)).stdout, /^1 addresses/)
  const { readFileSync } = await import('node:fs')
  const [, row] = readFileSync(out, 'utf8').trim().split('\n')
  assert.equal(row, 'A0099999,有限会社みどり,,keiri@aoba-net.example,unreachable,,')
})

test('who has seen the verdict in the portal needs no letter', async () => {
  await pool.query(`insert into seen_verdicts (account_id, scope_id)
    select a.id, s.id from accounts a, scopes s where login_id = 'A0099999'`)
  const { stdout } = await notices('status', 'outage')
  assert.match(stdout, /^ {2}seen: 1$/m)
  assert.doesNotMatch(stdout, /unreachable/)
})

test('a later version tells exactly those whose verdict changed', async () => {
  mails.length = 0
  const two = [
    header,
    lost('hanako@aoba.example', 10),
    lost('info@aoba-net.example', 13),
    lost('jinji@akane.example', 13),
    lost('taro@aoba.example', 12),
    ''
  ]
  // taro is cleared; sales of the company is; keiri of the other one too. hanako lost one message less: the same verdict.
  const without = two.filter(line => !line.startsWith('taro'))
  const loaded = await mypage(url, 'scope', 'load', 'outage', file('two.csv', without.join('\n')))
  assert.equal(loaded.code, 0, loaded.stderr)
  await mypage(url, 'scope', 'publish', 'outage', '2', '--yes')
  const planned = await notices('plan', 'outage')
  assert.match(planned.stdout, /^3 notices of 4 addresses are planned, for scope version 2\.$/m)
  await notices('send', 'outage')
  assert.deepEqual(mails.map(({ to, subject }) => `${to} ${subject}`).sort(), [
    'soumu@akane.example Important: correction of our notice about lost mail',
    'taro@aoba.example 【重要】メール障害の調査結果の訂正'
  ])
  const cleared = mails.find(({ to }) => to === 'taro@aoba.example')?.text ?? ''
  assert.match(cleared, /先のお知らせは\s*誤りでした/)
  assert.match(cleared, /ログインすると、現在の結果を/)
  assert.doesNotMatch(cleared, /受付日時と差出人/, 'there is no lost message to look at')
  const { stdout } = await mypage(url, 'notices', 'status', 'outage')
  assert.match(stdout, /version 2: 2$[^]*accepted: 2$[^]*2 of 2 accounted for/m)
  const { rows } = await pool.query(
    `select action from audit_events where action like 'notices %' order by id`
  )
  assert.deepEqual(
    rows.map(({ action }) => action),
    [
      'notices planned',
      'notices planned',
      'notices sending',
      'notices sending',
      'notices planned',
      'notices sending'
    ]
  )
})
