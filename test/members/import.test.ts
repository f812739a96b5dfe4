import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const write = temporaryFiles()
const header = 'login_id,kind,name,contact_email,language,password_hash,address'

const company = [
  'A0012345,business,青葉商事,boss@contact.example,ja,,info@aoba.example',
  'A0012345,business,青葉商事,boss@contact.example,ja,,sales@aoba.example',
  'A0012345,business,青葉商事,boss@contact.example,ja,,aoba@asahinet.jp'
]
const hanako = 'hanako,individual,青葉 花子,,ja,,hanako@asahinet.jp'
const taro = 'taro,individual,Taro,,en,,taro@asahinet.jp'

function imports(rows: string[], ...options: string[]) {
  return mypage(url, 'members', 'import', write('members.csv', [header, ...rows, ''].join('\n')), ...options)
}

async function addresses() {
  const rows = await db
    .selectFrom('addresses')
    .innerJoin('accounts', 'accounts.id', 'account_id')
    .select(['login_id', 'email'])
    .orderBy('login_id')
    .orderBy('email')
    .execute()
  return rows.map(({ login_id, email }) => `${login_id} ${email}`)
}

async function totals() {
  const rows = await db.selectFrom('address_totals').selectAll().orderBy('domain').execute()
  return rows.map(({ domain, addresses }) => `${domain} ${addresses}`)
}

async function accounts() {
  const rows = await db.selectFrom('accounts').selectAll().orderBy('login_id').execute()
  return rows.map(row => [
    row.login_id,
    row.kind,
    row.name,
    row.contact_email,
    row.language,
    !row.disabled_at
  ])
}

beforeEach(() => sql`truncate accounts, domains cascade`.execute(db))

describe('an import', () => {
  test('brings accounts, addresses and domains, and says what it did', async () => {
    const { code, stdout } = await imports([...company, hanako, taro])
    assert.equal(code, 0)
    assert.deepEqual(await accounts(), [
      ['A0012345', 'business', '青葉商事', 'boss@contact.example', 'ja', true],
      ['hanako', 'individual', '青葉 花子', null, 'ja', true],
      ['taro', 'individual', 'Taro', null, 'en', true]
    ])
    assert.deepEqual(await addresses(), [
      'A0012345 aoba@asahinet.jp',
      'A0012345 info@aoba.example',
      'A0012345 sales@aoba.example',
      'hanako hanako@asahinet.jp',
      'taro taro@asahinet.jp'
    ])
    assert.deepEqual(await totals(), ['aoba.example 2', 'asahinet.jp 1'])
    assert.match(stdout, /^Rows: 5\nAccounts: 3 new, 0 changed, 0 unchanged, 0 disabled\n/)
    assert.match(stdout, /Addresses: 5 new, 0 removed\n/)
    assert.match(
      stdout,
      /New domains, taken as virtual: 2: aoba\.example, asahinet\.jp\n.*mypage domains provider/
    )
  })

  test('changes nothing when it is run again', async () => {
    await imports([...company, hanako])
    const before = await db.selectFrom('addresses').selectAll().execute()
    const { code, stdout } = await imports([...company, hanako], '--disable-missing')
    assert.equal(code, 0)
    assert.match(stdout, /Accounts: 0 new, 0 changed, 2 unchanged, 0 disabled\nAddresses: 0 new, 0 removed\n/)
    assert.deepEqual(await db.selectFrom('addresses').selectAll().execute(), before)
  })

  test('reads what a full-width keyboard wrote', async () => {
    await imports([
      'ａ００１２３４５,business,Ａｏｂａ,,,,ｉｎｆｏ＠Ａｏｂａ．example',
      ' HANAKO ,individual,花子,,,,'
    ])
    assert.deepEqual(await accounts(), [
      ['A0012345', 'business', 'Ａｏｂａ', null, 'ja', true],
      ['hanako', 'individual', '花子', null, 'ja', true]
    ])
    assert.deepEqual(await addresses(), ['A0012345 info@aoba.example'])
  })

  test('is the whole truth about the accounts it names, and about no other', async () => {
    await imports([...company, hanako, taro])
    const { stdout } = await imports([company[0] ?? '', hanako.replace('ja', 'en')])
    assert.match(stdout, /Accounts: 0 new, 1 changed, 1 unchanged, 0 disabled\nAddresses: 0 new, 2 removed\n/)
    assert.deepEqual(await addresses(), [
      'A0012345 info@aoba.example',
      'hanako hanako@asahinet.jp',
      'taro taro@asahinet.jp'
    ])
    assert.deepEqual(await totals(), ['aoba.example 1'])
  })

  test('moves an address between accounts of the file', async () => {
    await imports([...company, hanako])
    const moved = hanako.replace('hanako@asahinet.jp', 'aoba@asahinet.jp')
    assert.equal((await imports([...company.slice(0, 2), hanako, moved])).code, 0)
    assert.deepEqual((await addresses()).slice(-2), ['hanako aoba@asahinet.jp', 'hanako hanako@asahinet.jp'])
    assert.deepEqual(await totals(), ['aoba.example 2'])
  })

  test('disables missing accounts when asked to, and enables them when they are back', async () => {
    await imports([hanako, taro])
    await sql`insert into sessions (id_hash, account_id) select login_id::bytea, id from accounts`.execute(db)
    const { stdout } = await imports([hanako], '--disable-missing')
    assert.match(stdout, /0 new, 0 changed, 1 unchanged, 1 disabled/)
    assert.deepEqual(
      (await accounts()).map(row => row.at(-1)),
      [true, false]
    )
    assert.equal((await db.selectFrom('sessions').selectAll().execute()).length, 1)
    assert.match((await imports([hanako, taro])).stdout, /0 new, 1 changed, 1 unchanged/)
    assert.deepEqual(
      (await accounts()).map(row => row.at(-1)),
      [true, true]
    )
  })

  test('gives an address of a disabled account to its new owner', async () => {
    await imports([hanako, taro])
    const newOwner = 'jiro,individual,Jiro,,ja,,taro@asahinet.jp'
    assert.equal((await imports([hanako, newOwner], '--disable-missing')).code, 0)
    assert.deepEqual(await addresses(), ['hanako hanako@asahinet.jp', 'jiro taro@asahinet.jp'])
  })
})
