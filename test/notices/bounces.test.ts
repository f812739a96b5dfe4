import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
const file = temporaryFiles()
const { url: SMTP_URL, mails } = await openMailServer()
const settings = { SMTP_URL, MAIL_FROM: 'notice@aoba.example', BOUNCE_ADDRESS: 'bounce@aoba.example' }
const notices = (...args: string[]) => mypageWith(settings, url, 'notices', ...args)
const maildir = mkdtempSync(path.join(tmpdir(), 'mypage-maildir-'))
for (const name of ['new', 'cur', 'tmp']) mkdirSync(path.join(maildir, name))
after(() => rmSync(maildir, { recursive: true, force: true }))

await addCast(db)
await pool.query(`update accounts set contact_email = 'hanako@elsewhere.example' where login_id = 'hanako'`)
await pool.query(`update accounts set contact_email = 'soumu@akane.example' where login_id = 'A0012345'`)
await addIncident(db, 'outage')
const lost = 'recipient\nhanako@aoba.example\ntaro@aoba.example\ninfo@aoba-net.example\n'
await publishScope({ db, pool }, 'outage', file('one.csv', lost))
await notices('plan', 'outage')
await notices('send', 'outage')

const returnPathOf = (to: string) => mails.findLast(mail => mail.to === to)?.returnPath ?? ''
const stateOf = async (recipient: string) =>
  (await pool.query('select state, response from notices where recipient = $1', [recipient])).rows[0]

/** As Postfix writes them (RFC 3464). */
function report(
  to: string,
  { action = 'failed', status = '5.1.1', said = 'smtp; 550 5.1.1 User unknown' } = {}
) {
  return [
    'From: MAILER-DAEMON@relay.example',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
    '',
    '--b1',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'This is the mail system.',
    '--b1',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; relay.example',
    '',
    'Final-Recipient: rfc822; someone@example.com',
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: ${said}`,
    '',
    '--b1--',
    ''
  ].join('\r\n')
}

function arrive(name: string, text: string) {
  writeFileSync(path.join(maildir, 'new', name), text)
}

test('a contact address that bounces falls back to the affected address, and that to unreachable', async () => {
  arrive('1', report(returnPathOf('hanako@elsewhere.example')))
  const read = await notices('bounces', '--maildir', maildir)
  assert.match(read.stdout, /Messages read: 1\n {2}bounced: 1/)
  assert.deepEqual(readdirSync(path.join(maildir, 'new')), [])
  assert.deepEqual(readdirSync(path.join(maildir, 'cur')), ['1:2,S'])
  assert.deepEqual(await stateOf('hanako@elsewhere.example'), {
    state: 'bounced',
    response: '5.1.1 smtp; 550 5.1.1 User unknown'
  })
  assert.equal((await stateOf('hanako@aoba.example')).state, 'planned')
  await notices('send', 'outage')
  assert.match((await notices('status', 'outage')).stdout, /accepted: 3$[^]*3 of 3/m)
  arrive('2', report(returnPathOf('hanako@aoba.example')))
  await notices('bounces', '--maildir', maildir)
  const { stdout } = await notices('status', 'outage')
  assert.match(stdout, /accepted: 2$[^]*unreachable: 1$[^]*3 of 3 accounted for/m)
})

test('a delay, a second copy, an automatic answer and a bounce of something else change nothing', async () => {
  const to = returnPathOf('taro@aoba.example')
  arrive('3', report(to, { action: 'delayed', status: '4.4.1', said: 'smtp; 451 later' }))
  arrive('4', report('bounce+00000000000040008000000000000000@aoba.example'))
  arrive('5', `From: x@y.example\r\nTo: ${to}\r\nSubject: out of office\r\n\r\nI am away.\r\n`)
  arrive('6', report(returnPathOf('hanako@aoba.example')))
  const { stdout } = await notices('bounces', '--maildir', maildir)
  for (const line of ['delayed: 1', 'of no notice: 1', 'no bounce: 1', 'known already: 1'])
    assert.ok(stdout.includes(line), line)
  assert.equal((await stateOf('taro@aoba.example')).state, 'accepted')
})

test('what anybody may write stops nothing: control characters, and what is larger than any notification', async () => {
  arrive('7', report('bounce+00000000000040008000000000000000@aoba.example', { said: 'smtp; 550 \0\x1b[2J' }))
  arrive('8', `${report(returnPathOf('hanako@aoba.example'))}${'x'.repeat(3 << 20)}`)
  arrive('9', `To: ${'a:('.repeat(300_000)}\r\n\r\nx`)
  const begun = Date.now()
  const { code, stdout } = await notices('bounces', '--maildir', maildir)
  assert.equal(code, 0)
  assert.ok(Date.now() - begun < 30_000, 'addresses in addresses keep it for minutes')
  assert.match(stdout, /Messages read: 3/)
  assert.deepEqual(readdirSync(path.join(maildir, 'new')), [])
})

test('a business has no other mailbox: it is listed for a call', async () => {
  const child = spawn(process.execPath, ['src/cli.ts', 'notices', 'bounces'], {
    cwd: path.join(import.meta.dirname, '../..'),
    env: { ...process.env, DATABASE_URL: url, PORTAL_SECRET: 'x'.repeat(40) }
  })
  child.stdin.end(report(returnPathOf('soumu@akane.example')))
  const [code] = await new Promise<[number]>(resolve =>
    child.on('close', status => resolve([Number(status)]))
  )
  assert.equal(code, 0)
  assert.match((await notices('status', 'outage')).stdout, /bounced: 1$[^]*3 of 3 accounted for/m)
})

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('a mail server hands bounces over by LMTP', async () => {
  const port = await freePort()
  const child = spawn(process.execPath, ['src/cli.ts', 'notices', 'bounces', '--lmtp', `127.0.0.1:${port}`], {
    cwd: path.join(import.meta.dirname, '../..'),
    env: { ...process.env, DATABASE_URL: url, PORTAL_SECRET: 'x'.repeat(40) }
  })
  after(() => child.kill())
  await new Promise(resolve => child.stdout.once('data', resolve))
  const to = returnPathOf('taro@aoba.example')
  const talk = [
    'LHLO relay',
    'MAIL FROM:<>',
    `RCPT TO:<${to}>`,
    'DATA',
    `${report('someone@example.com')}\r\n.`,
    'QUIT'
  ]
  const answers = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('data', data => {
      said += data
      const line = talk.shift()
      if (line !== undefined) socket.write(`${line}\r\n`)
    })
    socket.on('close', () => resolve(said)).on('error', reject)
  })
  assert.match(answers, /^250 .*bounced/m)
  assert.equal((await stateOf('taro@aoba.example')).state, 'bounced')
})
