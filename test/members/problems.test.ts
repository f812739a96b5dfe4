import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const write = temporaryFiles()
const header = 'login_id,kind,name,contact_email,language,password_hash,address'

function imports(rows: string[], ...options: string[]) {
  return mypage(url, 'members', 'import', write('members.csv', [header, ...rows, ''].join('\n')), ...options)
}

async function emails() {
  return (await db.selectFrom('addresses').select('email').orderBy('email').execute()).map(row => row.email)
}

beforeEach(() => sql`truncate accounts, domains cascade`.execute(db))

describe('bad rows', () => {
  test('are all listed with their lines, and nothing is imported', async () => {
    const rows = [
      'hanako,individual,花子,,ja,,hanako@asahinet.jp',
      'hanako,individual,花子,,ja,,hanako@asahinet',
      ',individual,X,,ja,,x@asahinet.jp',
      'taro,person,Taro,,ja,,taro@asahinet.jp',
      'A0012345,individual,Aoba,,ja,,a@asahinet.jp',
      'akira01,business,Akira,,ja,,b@asahinet.jp',
      'jiro,individual,Ji\tro,nowhere,fr,,jiro@asahinet.jp',
      'saburo,individual,"Saburo,,ja,,saburo@asahinet.jp',
      'shiro,individual,Shiro,,ja,',
      'goro,individual,五郎,,ja,,goro@asahinet.jp'
    ]
    const { code, stdout, stderr } = await imports(rows)
    assert.equal(code, 1)
    assert.equal(stdout, '')
    const business =
      'is not an Administration ID (A, a digit, more digits or letters), but its kind is business'
    assert.deepEqual(stderr.trimEnd().split('\n').slice(0, -1), [
      'line 3: address "hanako@asahinet" is not an e-mail address',
      'line 4: login_id is empty',
      'line 5: kind "person" is not individual or business',
      'line 6: A0012345 is an Administration ID, but its kind is individual',
      `line 7: akira01 ${business}`,
      'line 8: name has control characters; contact_email "nowhere" is not an e-mail address; language "fr" is not ja or en',
      'line 9: broken quoting: a cell with a " must be inside "…", and each " in it doubled',
      'line 10: 6 cells instead of 7'
    ])
    assert.match(stderr, /Nothing was imported; bad rows in .*members\.csv: 8\./)
    assert.deepEqual(await emails(), [])
  })

  test('are those that contradict another row', async () => {
    const { code, stderr } = await imports([
      'hanako,individual,花子,,ja,,hanako@asahinet.jp',
      'hanako,individual,華子,,ja,,hana@asahinet.jp',
      'taro,individual,Taro,,ja,,both@asahinet.jp',
      'jiro,individual,Jiro,,ja,,Both@AsahiNet.jp',
      'jiro,individual,Jiro,,ja,,jiro@asahinet.jp',
      'jiro,individual,Jiro,,ja,,jiro@asahinet.jp'
    ])
    assert.equal(code, 1)
    assert.deepEqual(stderr.split('\n').slice(0, 4), [
      'line 3: hanako has another name, contact_email, language or password_hash than on line 2',
      'line 4: address both@asahinet.jp is also listed for jiro',
      'line 5: address both@asahinet.jp is also listed for taro',
      stderr.split('\n')[3]
    ])
  })

  test('are those with an address of an account that the file does not name', async () => {
    await imports(['taro,individual,Taro,,ja,,taro@asahinet.jp'])
    const { code, stderr } = await imports(['hanako,individual,花子,,ja,,taro@asahinet.jp'])
    assert.equal(code, 1)
    assert.match(stderr, /^line 2: address taro@asahinet\.jp belongs to taro, which is not in the file\n/)
  })

  test('are written to a file in full', async () => {
    const file = write('problems.csv', '')
    const rows = Array.from({ length: 60 }, (_, at) => `m${at},individual,M,,ja,,no address`)
    const { stderr } = await imports(rows, '--problems', file)
    assert.match(stderr, /line 51: .*\n… and 10 more like that\n/)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    assert.equal(lines.length, 61)
    assert.equal(lines[0], 'line,problem')
    assert.equal(lines[60], '61,"address ""no address"" is not an e-mail address"')
    const unwritable = await imports(rows, '--problems', '/no/such/folder.csv')
    assert.equal(unwritable.code, 1)
    assert.match(unwritable.stderr, /^The file \/no\/such\/folder\.csv cannot be written: ENOENT/)
  })
})

describe('bad rows that are to be skipped', () => {
  test('are left out, and the rest is imported', async () => {
    const { code, stdout, stderr } = await imports(
      [
        'hanako,individual,花子,,ja,,hanako@asahinet.jp',
        'hanako,individual,花子,,ja,,bad',
        'taro,individual,Taro,,ja,,bad',
        'jiro,individual,Jiro,,ja,,jiro@asahinet.jp'
      ],
      '--skip-bad-rows'
    )
    assert.equal(code, 0)
    assert.match(stderr, /line 3: .*\nline 4: .*\nBad rows that were left out: 2\n/)
    assert.match(stdout, /Accounts: 2 new,/)
    assert.deepEqual(await emails(), ['hanako@asahinet.jp', 'jiro@asahinet.jp'])
  })

  test('cost nobody an address or the account', async () => {
    const good = [
      'hanako,individual,花子,,ja,,hanako@asahinet.jp',
      'hanako,individual,花子,,ja,,hana@asahinet.jp',
      'taro,individual,Taro,,ja,,taro@asahinet.jp',
      'jiro,individual,Jiro,,ja,,jiro@asahinet.jp'
    ]
    await imports(good)
    const bad = [good[0] ?? '', 'hanako,individual,花子,,ja,,hana@', 'taro,individual,Taro,,,,taro@']
    const { code, stdout } = await imports(bad, '--skip-bad-rows', '--disable-missing')
    assert.equal(code, 0)
    assert.match(stdout, /Accounts: 0 new, 0 changed, 1 unchanged, 1 disabled\nAddresses: 0 new, 0 removed/)
    const disabled = await db
      .selectFrom('accounts')
      .select('login_id')
      .where('disabled_at', 'is not', null)
      .execute()
    assert.deepEqual(disabled, [{ login_id: 'jiro' }])
  })

  test('leave an address with its owner when a bad row is about the owner', async () => {
    await imports([
      'hanako,individual,花子,,ja,,hanako@asahinet.jp',
      'taro,individual,Taro,,ja,,taro@asahinet.jp'
    ])
    const { stderr } = await imports(
      [
        'hanako,individual,花子,,ja,,hana@asahinet.jp',
        'hanako,individual,花子,,ja,,bad',
        'taro,individual,Taro,,ja,,hanako@asahinet.jp',
        'jiro,individual,Jiro,,ja,,taro@asahinet.jp'
      ],
      '--skip-bad-rows'
    )
    assert.match(stderr, /line 4: address hanako@asahinet\.jp belongs to hanako, of which a row is bad\n/)
    assert.match(stderr, /line 5: address taro@asahinet\.jp belongs to taro, of which a row is bad\n/)
    assert.deepEqual(await emails(), ['hana@asahinet.jp', 'hanako@asahinet.jp', 'taro@asahinet.jp'])
  })

  test('disable nobody while they may be about anybody', async () => {
    await imports([
      'hanako,individual,花子,,ja,,hanako@asahinet.jp',
      'taro,individual,Taro,,ja,,taro@asahinet.jp'
    ])
    const rows = ['hanako,individual,花子,,ja,,', 'taro,individual,Taro']
    const { code, stderr } = await imports(rows, '--skip-bad-rows', '--disable-missing')
    assert.equal(code, 1)
    assert.match(stderr, /Nobody was disabled: some of the bad rows do not say whom they are about\./)
    assert.deepEqual(await emails(), ['hanako@asahinet.jp', 'taro@asahinet.jp'])
  })
})

describe('a members file', () => {
  test('needs a header with all columns, and rows', async () => {
    const { code, stderr } = await mypage(
      url,
      'members',
      'import',
      write('short.csv', 'login_id,kind,address\n')
    )
    assert.equal(code, 1)
    assert.match(stderr, /short\.csv, line 1: column name is missing; column contact_email is missing;/)
    const empty = await imports([], '--disable-missing')
    assert.equal(empty.code, 1)
    assert.match(empty.stderr, /Nothing was imported: .*members\.csv has no rows\./)
  })
})
