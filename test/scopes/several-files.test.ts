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

const header = 'recipient,received_at,sender,queue_id,evidence\n'
const mx1 = file(
  'mx1.csv',
  header +
    'hanako@aoba.example,2017-04-13T20:10:00+09:00,a@x.example,Q1,mail.log@0+80\n' +
    'info@aoba-net.example,2017-04-13T20:11:00+09:00,a@x.example,Q2,mail.log@80+80\n'
)
const mx2 = file(
  'mx2.csv',
  header +
    'hanako@aoba.example,2017-04-13T21:00:00+09:00,b@x.example,Q9,\n' +
    'hanako@aoba.example,2017-04-13T20:10:00+09:00,a@x.example,Q1,\n' +
    'gone@aoba.example,2017-04-13T21:00:00+09:00,b@x.example,Q7,\n'
)
const mx3 = file('mx3.csv', header)

function load(...args: string[]) {
  return mypage(url, 'scope', 'load', 'outage', ...args)
}

test('the files of all hosts make one draft, and lines are told with their file', async () => {
  const problems = file('problems.csv', '')
  const { code, stdout, stderr } = await load(mx1, mx2, mx3, '--problems', problems)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^Scope version 1 is a draft\.\n {2}rows: 5\n {2}lost messages: 3\n/)
  assert.match(stdout, / {2}twice, counted once: 1\n/)
  assert.equal(
    stderr,
    `${mx2}, line 3: the same as ${mx1}, line 2: hanako@aoba.example\n` +
      `${mx2}, line 4: owned by nobody: gone@aoba.example\n`
  )
  assert.equal(
    readFileSync(problems, 'utf8'),
    `file,line,problem
${mx2},3,"the same as ${mx1}, line 2: hanako@aoba.example"
${mx2},4,owned by nobody: gone@aoba.example
`
  )
  const { sources } = await db.selectFrom('scopes').select('sources').executeTakeFirstOrThrow()
  assert.deepEqual(
    sources.map(({ file, rows }) => [file, rows]),
    [
      ['mx1.csv', 2],
      ['mx2.csv', 3],
      ['mx3.csv', 0]
    ]
  )
  const hanako = await db
    .selectFrom('affected_addresses')
    .select('lost_count')
    .where('email', '=', 'hanako@aoba.example')
    .executeTakeFirstOrThrow()
  assert.equal(hanako.lost_count, 2)
})

test('the same files in another order are the same scope, fewer of them are another', async () => {
  assert.match(
    (await load(mx3, mx2, mx1)).stdout,
    /^These files are scope version 1 already; nothing was loaded\.\n/
  )
  assert.match((await load(mx1, mx2)).stdout, /^Scope version 2 is a draft\.\n/)
})

test('a line that cannot be read in one file refuses all', async () => {
  const broken = file('broken.csv', `${header}hanako,2017-04-13T20:10:00+09:00,,,\n`)
  const { code, stderr } = await load(mx1, broken)
  assert.equal(code, 1)
  assert.equal(
    stderr,
    `${broken}, line 2: "hanako" is not an e-mail address\nNothing was loaded: these lines cannot be read.\n`
  )
})

test('a file that is named twice is refused', async () => {
  const { code, stderr } = await load(mx1, mx2, mx1)
  assert.equal(code, 1)
  assert.equal(
    stderr,
    'Nothing was loaded: mx1.csv and mx1.csv have the same content. Name each file once.\n'
  )
})

test('recipients alone and rows with times are not loaded together', async () => {
  const bare = file('recipients.csv', 'recipient\ntaro@aoba.example\n')
  const { code, stderr } = await load(mx1, bare)
  assert.equal(code, 1)
  assert.equal(
    stderr,
    `${bare} has recipients alone, and ${mx1} has times: load files of one kind together.\n`
  )
})

test('a refused load leaves nothing', async () => {
  assert.equal((await db.selectFrom('scopes').select('id').execute()).length, 2)
})
