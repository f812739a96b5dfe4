import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { addIncident, type ScannedHost, summaryOf } from '../helpers/incident.ts'
import { openTestPortal, setPassword, signIn } from '../helpers/portal.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { app, db, url } = await openTestPortal()
await addCast(db)
await setPassword(db, 'taro', 'right')
await setPassword(db, 'A0099999', 'right')
await addIncident(db, 'outage')
const file = temporaryFiles()

const header = 'recipient,received_at\n'
const hanako = `${header}hanako@aoba.example,2017-04-13T20:10:00+09:00\n`
const info = `${header}info@aoba-net.example,2017-04-13T20:11:00+09:00\n`
const complete = { first: '00:00:00', last: '23:59:59' }

type Window = Parameters<typeof summaryOf>[2]

function scanned(name: string, content: string, hosts: ScannedHost[], window?: Window) {
  file(`${name}.summary.json`, summaryOf(content, hosts, window))
  return file(`${name}.csv`, content)
}

function load(...args: string[]) {
  return mypage(url, 'scope', 'load', 'outage', ...args)
}

async function newestCoverage() {
  const newest = db.selectFrom('scopes').select(['coverage', 'sources']).orderBy('version', 'desc')
  return newest.executeTakeFirstOrThrow()
}

/** Gaps of 13 April 2017 as the clocks in Tokyo showed them. */
async function newestGaps() {
  const { coverage } = await newestCoverage()
  const clock = (time: string) => new Date(Date.parse(time) + 9 * 3_600_000).toISOString().slice(11, 19)
  return coverage.gaps.map(({ from, to, host, reason }) => [clock(from), clock(to), host, reason])
}

test('a file without a summary is loaded, and the last lines say what that means', async () => {
  const bare = file('bare.csv', hanako)
  const { code, stdout } = await load(bare)
  assert.equal(code, 0)
  assert.ok(
    stdout.endsWith(
      `${bare} says nothing of the logs it was made from: all addresses without losses will read ` +
        '“not affected”; tell gaps with --gap.\nNext: mypage scope publish outage 1\n'
    ),
    stdout
  )
  assert.deepEqual((await newestCoverage()).coverage, { gaps: [], hosts: [] })
})

test('with a gap that is told, the last lines say that there may be more', async () => {
  const bare = file('bare.csv', hanako)
  const { stdout } = await load(bare, '--gap', '2017-04-13T21:00/2017-04-13T21:10')
  assert.match(
    stdout,
    / {2}not covered: 2017-04-13 21:00:00 to 2017-04-13 21:10:00\n.*there may be more gaps/
  )
})

test('logs that span the window leave no gap', async () => {
  const mx1 = scanned('mx1', hanako, [
    { host: 'mx1', ...complete, gaps: [{ from: '20:00:00', to: '20:06:00', reason: 'silent' }] }
  ])
  const mx2 = scanned('mx2', info, [
    { host: 'mx2', ...complete, gaps: [{ from: '22:25:00', to: '22:30:00', reason: 'silent' }] }
  ])
  const { code, stdout, stderr } = await load(mx1, mx2)
  assert.equal(code, 0, stderr)
  assert.match(stdout, / {2}log of mx1: 1,000 lines, 2017-04-13 00:00:00 to 2017-04-13 23:59:59\n/)
  assert.doesNotMatch(stdout, /not covered|says nothing/)
  const { coverage, sources } = await newestCoverage()
  const read = { first: '2017-04-12T15:00:00.000Z', last: '2017-04-13T14:59:59.000Z', lines: 1_000 }
  assert.deepEqual(coverage, {
    gaps: [],
    hosts: [
      { host: 'mx1', ...read },
      { host: 'mx2', ...read }
    ]
  })
  assert.deepEqual(
    sources.map(({ file, summary }) => [file, summary]),
    [
      ['mx1.csv', true],
      ['mx2.csv', true]
    ]
  )
})

test('recipients of lost mail that no line names are told to the operator', async () => {
  const summary = JSON.parse(summaryOf(info, [{ host: 'mx1', ...complete }]))
  file('unnamed.summary.json', JSON.stringify({ ...summary, totals: { lost_unnamed: 1_200 } }))
  const { stdout } = await load(file('unnamed.csv', info))
  assert.match(
    stdout,
    /\nThe logs name nobody for 1,200 more recipients of lost mail: they will read “not affected” unless a gap is told with --gap\.\nNext: /
  )
})

test('what was scanned for some of the domains clears nobody on the others', async () => {
  const summary = JSON.parse(summaryOf(info, [{ host: 'mx1', ...complete }]))
  file('partial.summary.json', JSON.stringify({ ...summary, domains: ['elsewhere.example'] }))
  const { code, stderr } = await load(file('partial.csv', info))
  assert.equal(code, 1)
  assert.match(
    stderr,
    /partial\.csv was scanned for elsewhere\.example alone, and the incident concerns .* too\./
  )
})

test('gaps that a scan found are cut to the window; those less than a minute apart are one', async () => {
  const gaps = [
    { from: '20:00:00', to: '20:07:00', reason: 'truncated' },
    { from: '21:00:00', to: '21:00:10', reason: 'suppressed' },
    { from: '21:00:40', to: '21:02:00', reason: 'silent' },
    { from: '21:03:00', to: '21:03:00', reason: 'suppressed' }
  ]
  await load(scanned('gaps', hanako, [{ host: 'mx1', ...complete, gaps }]))
  assert.deepEqual(await newestGaps(), [
    ['20:06:00', '20:07:00', 'mx1', 'truncated'],
    ['21:00:00', '21:02:00', 'mx1', 'silent, suppressed'],
    ['21:03:00', '21:03:00', 'mx1', 'suppressed']
  ])
})

test('the window before the first line of a host and after its last one is a gap', async () => {
  const mx1 = { host: 'mx1', first: '20:30:00', last: '23:00:00' }
  const mx2 = { host: 'mx2', first: '20:00:00', last: '22:00:00' }
  await load(scanned('late', hanako, [mx1, mx2]), '--gap', '2017-04-13T21:00/2017-04-13T21:10')
  assert.deepEqual(await newestGaps(), [
    ['20:06:00', '20:30:00', 'mx1', 'no lines'],
    ['21:00:00', '21:10:00', undefined, undefined],
    ['22:00:00', '22:25:00', 'mx2', 'no lines']
  ])
})

test('what a scan did not look for is a gap', async () => {
  const window = { from: '20:06:00', to: '21:00:00' }
  await load(scanned('short', hanako, [{ host: 'mx1', ...complete }], window))
  assert.deepEqual(await newestGaps(), [['21:00:00', '22:25:00', 'mx1', 'no lines']])
})

test('two scans of a host cover together what one of them covers', async () => {
  const early = [{ host: 'mx1', first: '20:00:00', last: '21:15:00' }]
  const late = [{ host: 'mx1', first: '21:10:00', last: '22:00:00' }]
  await load(scanned('early', hanako, early), scanned('rest', info, late))
  assert.deepEqual(await newestGaps(), [['22:00:00', '22:25:00', 'mx1', 'no lines']])
  assert.deepEqual((await newestCoverage()).coverage.hosts, [
    { host: 'mx1', first: '2017-04-13T11:00:00.000Z', last: '2017-04-13T13:00:00.000Z', lines: 2_000 }
  ])
})

test('a scan that found no line of any host covers nothing', async () => {
  await load(scanned('none', hanako, []))
  assert.deepEqual(await newestGaps(), [['20:06:00', '22:25:00', undefined, 'no lines']])
})

test('the same lost mail with another coverage is another scope', async () => {
  assert.match((await load(scanned('none', hanako, []))).stdout, /is scope version \d already/)
  assert.match(
    (await load(scanned('none', hanako, [{ host: 'mx9', ...complete }]))).stdout,
    /^Scope version \d+ is a draft\.\n/
  )
})

const time = '2017-04-13T20:06:00+09:00'
const host = { host: 'mx1', first: time, last: time, lines: 1, gaps: [] }
const summary = { version: 1, window: { from: time, to: time }, lost_mail: { sha256: '' }, hosts: [host] }
const refused: [string, string, RegExp][] = [
  ['no JSON', '{', /^The summary .*refused\.summary\.json cannot be used: /],
  ['another version', JSON.stringify({ ...summary, version: 2 }), /is no summary of version 1/],
  ['null', 'null', /is no summary of version 1/],
  ['no hosts', JSON.stringify({ ...summary, hosts: undefined }), /cannot be used: .*hosts/],
  [
    'lines that are no number',
    JSON.stringify({ ...summary, hosts: [{ ...host, lines: 'many' }] }),
    /cannot be used: hosts\.0\.lines must be integer/
  ],
  ['another lost-mail file', JSON.stringify(summary), /belongs to another file than .*refused\.csv/],
  [
    'a time that is none',
    summaryOf(hanako, [{ host: 'mx1', first: '20:61:00', last: '20:00:00' }]),
    /cannot be used: "2017-04-13T20:61:00\+09:00" is not a time/
  ],
  [
    'an end before its start',
    summaryOf(hanako, [{ host: 'mx1', first: '21:00:00', last: '20:00:00' }]),
    /cannot be used: 2017-04-13T21:00:00\+09:00 is after 2017-04-13T20:00:00\+09:00/
  ]
]

for (const [name, content, message] of refused)
  test(`a summary with ${name} is refused: nobody may be cleared by it`, async () => {
    const before = await db.selectFrom('scopes').select('id').execute()
    file('refused.summary.json', content)
    const { code, stderr } = await load(file('refused.csv', hanako))
    assert.equal(code, 1)
    assert.match(stderr, message)
    assert.deepEqual(await db.selectFrom('scopes').select('id').execute(), before)
  })

async function publishNewest() {
  const { version } = await db
    .selectFrom('scopes')
    .select('version')
    .orderBy('version', 'desc')
    .executeTakeFirstOrThrow()
  const { code, stderr } = await mypage(url, 'scope', 'publish', 'outage', String(version))
  assert.equal(code, 0, stderr)
}

const cookies = {
  taro: await signIn(app, 'individual', 'taro', 'right'),
  company: await signIn(app, 'business', 'A0099999', 'right')
}

async function read(page: string, cookie: string, language: string) {
  const { body } = await app.inject({ url: page, headers: { cookie, 'accept-language': language } })
  return body.replaceAll(/(<[^>]*>|\s)+/g, ' ')
}

test('with a gap of one host nobody reads "not affected", and the pages name host and span', async () => {
  const gaps = [{ from: '21:00:00', to: '21:10:00', reason: 'suppressed' }]
  const mx1 = { host: 'mx1', ...complete, gaps }
  await load(scanned('one', hanako, [mx1, { host: 'mx2', ...complete }]))
  await publishNewest()
  assert.match(await read('/mypage', cookies.taro, 'ja'), /まだ確認中です .*21:00〜21:10（サーバー mx1）/)
  assert.doesNotMatch(await read('/mypage', cookies.taro, 'ja'), /影響はありません|mx2/)
  const company = await read('/business', cookies.company, 'en')
  assert.match(company, /Not yet determined for 2 of 2 addresses .*21:00 – 21:10 \(server mx1\)/)
})

test('of very many gaps the pages tell the first ones and how many there are', async () => {
  const gaps = Array.from({ length: 23 }, (_, at) => {
    const from = `21:${String(2 * at).padStart(2, '0')}:00`
    return { from, to: from, reason: 'suppressed' }
  })
  await load(scanned('many', hanako, [{ host: 'mx1', ...complete, gaps }]))
  await publishNewest()
  const mine = await read('/mypage', cookies.taro, 'en')
  assert.match(mine, /21:38 \(server mx1\) and 3 more periods /)
  assert.equal(new Set(mine.match(/\d\d:\d\d \(server mx1\)/g)).size, 20)
  assert.match(await read('/business', cookies.company, 'ja'), /ほか3件の時間帯/)
})

test('with all logs complete the others read "not affected"', async () => {
  await load(scanned('whole', hanako, [{ host: 'mx1', ...complete }]))
  await publishNewest()
  assert.match(await read('/mypage', cookies.taro, 'ja'), /影響はありません/)
  assert.doesNotMatch(await read('/mypage', cookies.taro, 'ja'), /まだ確認中です/)
})
