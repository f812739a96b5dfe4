import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { addReport, correctReport } from '../../src/reports/at-once.ts'
import { findRevisions, listReports } from '../../src/reports/queries.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const file = temporaryFiles()
await addIncident(db, 'outage')

const ja = file('ja.md', '\uFEFF# 第1報 メール消失\r\n\r\n本文です。\r\n')
const en = file('en.md', '# First report\n\nMail was **lost**.\n\n# Not a title\n')

function publish(...options: string[]) {
  return mypage(url, 'reports', 'publish', 'outage', ...options)
}

const findReport = async (number: number) => (await listReports(db)).find(report => report.number === number)

test('reports are numbered; of a draft incident nobody sees them', async () => {
  assert.match((await mypage(url, 'reports', 'list')).stdout, /There are no reports/)
  const first = await publish('--ja', ja, '--en', en)
  assert.equal(first.code, 0, first.stderr)
  assert.equal(
    first.stdout,
    'Report 1 of outage is published: /news/outage/1\n' +
      'Nobody sees it yet: mypage incident publish outage makes it visible.\n'
  )
  assert.deepEqual(await listReports(db), [])
  assert.equal(await findReport(1), undefined)
  assert.match((await mypage(url, 'report', 'list')).stdout, /^outage 1 .* First report {2}\(not visible/)
})

test('title and text of both languages are kept', async () => {
  await mypage(url, 'incident', 'publish', 'outage')
  const report = await findReport(1)
  assert.equal(report?.title_ja, '第1報 メール消失')
  assert.equal(report?.body_ja, '本文です。')
  assert.equal(report?.title_en, 'First report')
  assert.equal(report?.body_en, 'Mail was **lost**.\n\n# Not a title')
  assert.equal(report?.slug, 'outage')
})

test('the newest report comes first', async () => {
  const second = file('second.md', '# Second report\nFound.')
  assert.equal(
    (await publish('--ja', second, '--en', second)).stdout,
    'Report 2 of outage is published: /news/outage/2\n'
  )
  assert.deepEqual(
    (await listReports(db)).map(({ slug, number, title_en }) => [slug, number, title_en]),
    [
      ['outage', 2, 'Second report'],
      ['outage', 1, 'First report']
    ]
  )
})

test('a corrected report keeps its number, its time and its former text, and says why', async () => {
  const before = await findReport(1)
  const corrected = file('corrected.md', '# First report, corrected\nMail was lost.')
  const why = ['--reason-ja', '件数の誤り', '--reason-en', 'A wrong number']
  const { stdout, stderr } = await publish('--ja', ja, '--en', corrected, '--number', '1', ...why)
  assert.equal(stdout, 'Report 1 of outage is corrected: /news/outage/1\n', stderr)
  const after = await findReport(1)
  const text = { title_en: 'First report, corrected', body_en: 'Mail was lost.' }
  assert.deepEqual(after, { ...before, ...text, revision: 2 })
  const revisions = await findRevisions(db, [after?.id ?? ''])
  assert.deepEqual(
    revisions.map(({ title_en, reason_en }) => [title_en, reason_en]),
    [
      ['First report', ''],
      ['First report, corrected', 'A wrong number']
    ]
  )
})

test('a report that is scheduled has its number, and is seen when it is due', async () => {
  const later = file('later.md', '# Third report\nSoon.')
  const { stdout } = await publish('--ja', later, '--en', later, '--at', '2999-12-31T09:00')
  assert.equal(stdout, 'Report 3 of outage will be published at 2999-12-31T00:00:00.000Z: /news/outage/3\n')
  assert.equal(await findReport(3), undefined)
  assert.match((await mypage(url, 'report', 'list')).stdout, /^outage 3 .* Third report {2}\(scheduled\)/)
})

test('the clock of the database decides whether a report is out, also where this one is slow', async t => {
  const { id: incidentId } = await db.selectFrom('incidents').select('id').executeTakeFirstOrThrow()
  const { id } = (await findReport(2)) ?? {}
  const text = { title_ja: '第2報', body_ja: '文', title_en: 'Second report', body_en: 'Found again.' }
  const reasons = { reason_ja: '誤記', reason_en: 'A mistake' }
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() - 60_000 })
  const actor = { kind: 'command' as const, name: 'test' }
  const done = await correctReport(db, { incidentId, id: id ?? '', text: { ...text, ...reasons }, actor })
  assert.deepEqual(done, { outcome: 'published', number: 2, revision: 2 })
})

test('those that are published at the same moment get a number each', async () => {
  const { id: incidentId } = await db.selectFrom('incidents').select('id').executeTakeFirstOrThrow()
  const actor = { kind: 'command' as const, name: 'test' }
  const text = { title_ja: '同時', body_ja: '文', title_en: 'At once', body_en: 'Text' }
  const far = new Date('2999-12-31')
  const all = await Promise.all(
    Array.from({ length: 5 }, () => addReport(db, { incidentId, text, at: far, actor }))
  )
  assert.deepEqual(all.map(({ number }) => number).sort(), [4, 5, 6, 7, 8])
})

test('nobody changes or removes a text that was published, not even the owner of the tables', async () => {
  const broken = /never changed or removed/
  for (const statement of [
    "update report_revisions set body_en = 'x'",
    'delete from report_revisions where revision = 1',
    'truncate report_revisions cascade'
  ])
    await assert.rejects(sql.raw(statement).execute(db), broken, statement)
})

const figures = file('figures.md', '# Figures\n\nOf {{affected_addresses}}.')
const typo = file('typo.md', '# Typo\n\nOf\n{{adresses}}.')

const refused: [string, () => string[], RegExp][] = [
  ['a correction without a reason', () => ['--ja', ja, '--en', ja, '--number', '2'], /needs --reason-ja and/],
  [
    'a correction of what is not seen yet',
    () => ['--ja', ja, '--en', ja, '--number', '3'],
    /There is no published report 3/
  ],
  ['a time that is over', () => ['--ja', ja, '--en', en, '--at', '2017-04-14T10:00'], /is over/],
  [
    'a figure that no scope tells',
    () => ['--ja', ja, '--en', figures],
    /No published scope tells {{affected_addresses}}/
  ],
  [
    'an unknown placeholder',
    () => ['--ja', typo, '--en', en],
    /no placeholder "adresses" \(line 2 of the text\)/
  ],
  [
    'a number that is not there',
    () => ['--ja', ja, '--en', en, '--number', '7'],
    /There is no published report 7 of outage/
  ],
  [
    'a number that is none',
    () => ['--ja', ja, '--en', en, '--number', 'x'],
    /There is no published report x of outage/
  ],
  ['a file without a title', () => ['--ja', ja, '--en', file('a.md', 'Text')], /must start with "# "/],
  [
    'a text that the desk would not take',
    () => ['--ja', ja, '--en', file('long.md', `# Title\n${'a'.repeat(30_001)}`)],
    /long\.md: the text has more than 30000 characters\./
  ],
  ['a title without text', () => ['--ja', ja, '--en', file('b.md', '# Title\n')], /has a title but no text/],
  [
    'a file in Shift_JIS',
    () => ['--ja', file('c.md', Buffer.from([0x23, 0x20, 0x91, 0xe6])), '--en', en],
    /is not UTF-8/
  ],
  [
    'a file in UTF-16',
    () => ['--ja', ja, '--en', file('d.md', Buffer.from('# T\nText', 'utf16le'))],
    /is not UTF-8/
  ],
  ['a file that is not there', () => ['--ja', '/nowhere.md', '--en', en], /cannot be read: ENOENT/]
]

for (const [name, options, message] of refused)
  test(`${name} is refused`, async () => {
    const { code, stderr } = await publish(...options())
    assert.equal(code, 1)
    assert.match(stderr, message)
    assert.equal((await listReports(db)).length, 2)
  })
