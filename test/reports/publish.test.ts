import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findReport, listReports } from '../../src/reports/queries.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const file = temporaryFiles()
await addIncident(url, 'outage')

const ja = file('ja.md', '\uFEFF# 第1報 メール消失\r\n\r\n本文です。\r\n')
const en = file('en.md', '# First report\n\nMail was **lost**.\n\n# Not a title\n')

function publish(...options: string[]) {
  return mypage(url, 'report', 'publish', 'outage', ...options)
}

test('reports are numbered; of a draft incident nobody sees them', async () => {
  assert.match((await mypage(url, 'report', 'list')).stdout, /There are no reports/)
  const first = await publish('--ja', ja, '--en', en)
  assert.equal(first.code, 0, first.stderr)
  assert.equal(
    first.stdout,
    'Report 1 of outage is published: /news/outage/1\n' +
      'Nobody sees it yet: mypage incident publish outage makes it visible.\n'
  )
  assert.deepEqual(await listReports(db), [])
  assert.equal(await findReport(db, 'outage', 1), undefined)
  assert.match((await mypage(url, 'report', 'list')).stdout, /^outage 1 .* First report {2}\(not visible/)
})

test('title and text of both languages are kept', async () => {
  await mypage(url, 'incident', 'publish', 'outage')
  const report = await findReport(db, 'outage', 1)
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

test('a report gets a new text and keeps its number and time', async () => {
  const before = await findReport(db, 'outage', 1)
  const corrected = file('corrected.md', '# First report, corrected\nMail was lost.')
  const { stdout } = await publish('--ja', ja, '--en', corrected, '--number', '1')
  assert.equal(stdout, 'Report 1 of outage has a new text: /news/outage/1\n')
  const after = await findReport(db, 'outage', 1)
  assert.deepEqual(after, { ...before, title_en: 'First report, corrected', body_en: 'Mail was lost.' })
})

const refused: [string, () => string[], RegExp][] = [
  [
    'a number that is not there',
    () => ['--ja', ja, '--en', en, '--number', '7'],
    /There is no report 7 of outage/
  ],
  [
    'a number that is none',
    () => ['--ja', ja, '--en', en, '--number', 'x'],
    /There is no report x of outage/
  ],
  ['a file without a title', () => ['--ja', ja, '--en', file('a.md', 'Text')], /must start with "# "/],
  ['a title without text', () => ['--ja', ja, '--en', file('b.md', '# Title\n')], /has a title but no text/],
  [
    'a file in Shift_JIS',
    () => ['--ja', file('c.md', Buffer.from([0x23, 0x20, 0x91, 0xe6])), '--en', en],
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
