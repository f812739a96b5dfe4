import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')

async function loadedScopes() {
  const { count } = await db
    .selectFrom('scopes')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

test('one line that cannot be read refuses the whole file, and all such lines are listed', async () => {
  const broken = file(
    'broken.csv',
    'recipient,received_at,size\n' +
      'hanako@aoba.example,2017-04-13T20:10:00+09:00,1\n' +
      'hanako,2017-04-13T20:10:00+09:00,1\n' +
      'hanako@aoba.example,2017-02-30T20:10:00+09:00,1\n' +
      'hanako@aoba.example,,1\n' +
      'hanako@aoba.example,2017-04-13T20:10:00+09:00,-1\n' +
      'hanako@aoba.example,2017-04-13T20:10:00+09:00\n'
  )
  const problems = file('problems.csv', '')
  const { code, stdout, stderr } = await mypage(
    url,
    'scope',
    'load',
    'outage',
    broken,
    '--problems',
    problems
  )
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.equal(
    stderr,
    `${broken}, line 3: "hanako" is not an e-mail address
${broken}, line 4: "2017-02-30T20:10:00+09:00" is not a time
${broken}, line 5: received_at is empty
${broken}, line 6: "-1" is not a size in bytes
${broken}, line 7: 2 cells instead of 3
Nothing was loaded: these lines cannot be read.
`
  )
  assert.equal(
    readFileSync(problems, 'utf8'),
    `file,line,problem
${broken},3,"""hanako"" is not an e-mail address"
${broken},4,"""2017-02-30T20:10:00+09:00"" is not a time"
${broken},5,received_at is empty
${broken},6,"""-1"" is not a size in bytes"
${broken},7,2 cells instead of 3
`
  )
  assert.equal(await loadedScopes(), '0')
})

test('of more than a thousand lines the first are shown, the rest are counted', async () => {
  const lines = Array.from({ length: 1_003 }, () => 'x')
  const broken = file('all-broken.csv', `recipient\n${lines.join('\n')}\n`)
  const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', broken)
  assert.equal(code, 1)
  assert.match(
    stderr,
    /line 1001: "x" is not an e-mail address\n… and 3 more like that; --problems FILE lists/
  )
  assert.doesNotMatch(stderr, /line 1002/)
})

const refused: [string, string, RegExp][] = [
  ['without rows', 'recipient\n', /Nothing was loaded: .* has no rows/],
  ['without its column', 'address\na@aoba.example\n', /column recipient is missing/],
  ['that is empty', '', /column recipient is missing|no rows/]
]

for (const [name, content, message] of refused)
  test(`a file ${name} is refused: nobody may be cleared by it`, async () => {
    const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', file('refused.csv', content))
    assert.equal(code, 1)
    assert.match(stderr, message)
    assert.equal(await loadedScopes(), '0')
  })

test('a file that is not there is refused', async () => {
  const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', '/nowhere/lost-mail.csv')
  assert.equal(code, 1)
  assert.match(stderr, /^The file \/nowhere\/lost-mail\.csv cannot be read: ENOENT/)
})

const gaps: [string, RegExp][] = [
  ['2017-04-13T21:00', /is not FROM\/TO/],
  ['2017-04-13T21:10/2017-04-13T21:00', /ends before it starts/],
  ['2017-04-14T21:00/2017-04-14T21:10', /is outside the window/],
  ['2017-04-13T21:00/later', /--gap: "later" is not a time/]
]

for (const [gap, message] of gaps)
  test(`the gap ${gap} is refused`, async () => {
    const list = file('recipients.csv', 'recipient\nhanako@aoba.example\n')
    const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', list, '--gap', gap)
    assert.equal(code, 1)
    assert.match(stderr, message)
  })

test('a file that was cut off in the middle of a line is refused: half a recipient would clear its owner', async () => {
  const list = file('cut.csv', 'recipient\nhanako@aoba.example\ntaro@aoba.exa')
  const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', list)
  assert.equal(code, 1)
  assert.match(stderr, /ends in the middle of a line: was it cut off\?/)
})
