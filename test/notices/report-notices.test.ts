import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostMail, openDesk } from '../helpers/desk.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { codeNow, letConfirmationsAge } from '../helpers/staff.ts'
import { mypage, mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { db, pool, url, read, send, audited } = await openDesk({ FOUR_EYES: 'off' })
const { url: SMTP_URL, mails } = await openMailServer()
const file = temporaryFiles()
await pool.query(
  `update accounts set contact_email = 'soumu@akane.example', language = 'en' where login_id = 'A0012345'`
)
await addIncident(db, 'outage')
const lost = ['taro@aoba.example 20:10', 'info@aoba-net.example 20:11', 'keiri@aoba-net.example 20:12']
await publishScope({ db, pool }, 'outage', file('1.csv', lostMail('hanako@aoba.example 20:09', ...lost)))
await mypage(url, 'notices', 'plan', 'outage')
const text = (words: string) => file(`${words}.md`, `# Title\n\n${words}`)
const publish = (words: string, ...more: string[]) =>
  mypage(url, 'reports', 'publish', 'outage', '--ja', text(words), '--en', text(words), ...more)
const correct = (words: string) =>
  publish(words, '--number', '1', '--reason-ja', `${words}を直しました`, '--reason-en', `${words} was wrong`)
await publish('First')
const notify = '/desk/incidents/outage/reports/1/notify'
const ofReports = () =>
  db
    .selectFrom('notices')
    .select(['recipient', 'language', 'state', 'addresses', 'revision'])
    .where('kind', '=', 'report')
    .orderBy('revision')
    .orderBy('recipient')
    .execute()
const ledger = async () => (await mypage(url, 'notices', 'status', 'outage')).stdout

test('of a first publication nobody is asked; of a correction, who would be told, with samples', async () => {
  await read(notify, 'sato', 404)
  await correct('Second')
  const page = await read(notify)
  assert.match(page, /Tell members of the correction by e-mail\?/)
  assert.match(page, /business Japanese no mailbox 1/)
  assert.match(page, /individual Japanese by e-mail 2/)
  assert.match(page, /business English by e-mail 1/)
  assert.match(
    page,
    /We have corrected report 1, which we published about the outage below\. WHY Second was wrong/
  )
  assert.match(page, /第1報を訂正しました。 ■ 訂正の理由 Secondを直しました/)
  assert.deepEqual(await ofReports(), [])
})

test('the answer is given once, and “nobody” is one', async () => {
  assert.equal((await send(notify, { notify: 'no', revision: '1' })).statusCode, 400)
  assert.equal((await send(notify, { notify: 'no', revision: '2' })).statusCode, 303)
  assert.match(await read(notify), /sato decided to tell nobody by e-mail/)
  await send(notify, { notify: 'yes', revision: '2' }, 'mori')
  assert.deepEqual(await ofReports(), [])
})

test('with a fresh second factor each account is told once, apart from the ledger', async () => {
  await correct('Third')
  const before = await ledger()
  assert.match(await read('/desk/incidents/outage/reports'), /Decide whether to notify/)
  await letConfirmationsAge(db)
  assert.equal((await send(notify, { notify: 'yes', revision: '3' })).statusCode, 400)
  const code = await codeNow(db, 'sato')
  assert.equal((await send(notify, { notify: 'yes', revision: '3', code })).statusCode, 303)
  await send(notify, { notify: 'yes', revision: '3' }, 'mori')
  assert.match(await read(notify), /nothing goes out until it is turned on in the ledger/)
  const [revision, addresses] = [3, 1]
  assert.deepEqual(await ofReports(), [
    { recipient: 'hanako@aoba.example', language: 'ja', state: 'planned', addresses, revision },
    { recipient: 'soumu@akane.example', language: 'en', state: 'planned', addresses, revision },
    { recipient: 'taro@aoba.example', language: 'ja', state: 'planned', addresses, revision },
    { recipient: null, language: 'ja', state: 'unreachable', addresses, revision }
  ])
  const after = await ledger()
  assert.match(after, /^Of report 1, correction 2: planned 3$/m)
  assert.equal(after.replace(/^Of report.*\n/gm, ''), before)
  assert.match(await read('/desk/incidents/outage/notices'), /Report 1, correction 2 waiting to be sent 3/)
})

test('what is not sent of an earlier correction is not sent any more', async () => {
  await correct('Fourth')
  assert.equal((await send(notify, { notify: 'yes', revision: '4' })).statusCode, 303)
  const states = (await ofReports()).map(({ state, revision }) => `${revision} ${state}`)
  assert.deepEqual([...new Set(states)], ['3 cancelled', '3 unreachable', '4 planned', '4 unreachable'])
})

test('a new version of the scope does not take them back, and they go out with the others', async () => {
  await publishScope({ db, pool }, 'outage', file('2.csv', lostMail('hanako@aoba.example 20:08', ...lost)))
  await mypage(url, 'notices', 'plan', 'outage')
  const settings = { SMTP_URL, MAIL_FROM: 'notice@aoba.example', BASE_URL: 'http://127.0.0.1:3000' }
  const sent = await mypageWith(settings, url, 'notices', 'send', 'outage')
  assert.equal(sent.code, 0, sent.stderr)
  const corrections = mails.filter(({ subject }) =>
    /^(Correction of report 1 about|メール障害に関するお知らせ（第1報）の訂正)/.test(subject)
  )
  assert.deepEqual(corrections.map(({ to }) => to).sort(), [
    'hanako@aoba.example',
    'soumu@akane.example',
    'taro@aoba.example'
  ])
  const english = corrections.find(({ to }) => to === 'soumu@akane.example')?.text ?? ''
  assert.match(english, /WHY\nFourth was wrong\n\nOUTAGE\nLost mail\n/)
  assert.match(english, /The result for your addresses does not change by this correction\./)
  assert.match(await ledger(), /^4 of 4 accounted for\.$/m)
})

test('both answers are in the audit', async () => {
  const told = (await audited()).filter(([, action]) => String(action).startsWith('report notices'))
  assert.deepEqual(told, [
    ['sato', 'report notices declined', { number: 1, revision: 2, notices: 0 }],
    ['sato', 'report notices planned', { number: 1, revision: 3, notices: 4 }],
    ['sato', 'report notices planned', { number: 1, revision: 4, notices: 4 }]
  ])
})
