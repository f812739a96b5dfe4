import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
const file = temporaryFiles()

test('what commands change is in the audit, with the name of who typed them', async () => {
  const members = [
    'login_id,kind,name,contact_email,language,password_hash,address',
    'yuki,individual,高橋 由紀,,ja,,yuki@aoba.example',
    'yuki,individual,高橋 由紀,,ja,,yuki2@aoba.example',
    ''
  ].join('\n')
  await mypage(url, 'members', 'import', file('members.csv', members))
  await mypage(url, 'domains', 'provider', 'aoba.example')
  await addIncident(db, 'outage')
  const report = ['--ja', file('ja.md', '# 障害\n\n文\n'), '--en', file('en.md', '# Outage\n\nText\n')]
  await mypage(url, 'report', 'publish', 'outage', ...report)
  const corrected = ['--ja', file('ja.md', '# 障害\n\n正しい文\n'), ...report.slice(2), '--number']
  const why = ['--reason-ja', '誤字', '--reason-en', 'A typo']
  await mypage(url, 'reports', 'publish', 'outage', ...corrected, '1', ...why)
  await mypage(url, 'reports', 'publish', 'outage', ...corrected, '2', ...why)
  const { rows } = await pool.query(
    `select actor_kind, actor, action, details from audit_events
     where action in ('members imported', 'domains set', 'report published', 'report corrected') order by id`
  )
  const by = { actor_kind: 'command', actor: userInfo().username }
  const counts = { rows: 2, added: 1, changed: 0, disabled: 0, addresses: 2, removed: 0 }
  assert.deepEqual(rows, [
    { ...by, action: 'members imported', details: counts },
    { ...by, action: 'domains set', details: { kind: 'provider', names: 'aoba.example' } },
    { ...by, action: 'report published', details: { number: 1 } },
    { ...by, action: 'report corrected', details: { number: 1, revision: 2 } }
  ])
})
