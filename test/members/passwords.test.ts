import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { hashPassword, verifyPassword } from '../../src/sign-in/passwords.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
const write = temporaryFiles()

// "correct horse": Python 3.11's hashlib, and crypt(3) of libxcrypt 4.4.
const sha = '{SHA}L55TUjtiq8FBorTWAZ0jy6g129A='
const ssha256 = '{SSHA256}FB/8/LKiW2XiNtsMkUoI2uqmNy8T7RLB3ToLNGrYS6gKGyw9'
const bcrypt = '$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'

function imports(hashes: Record<string, string>, ...options: string[]) {
  const rows = Object.entries(hashes).map(
    ([id, hash]) => `${id},individual,M,,ja,"${hash}",${id}@asahinet.jp`
  )
  const header = 'login_id,kind,name,contact_email,language,password_hash,address'
  return mypage(url, 'members', 'import', write('members.csv', [header, ...rows, ''].join('\n')), ...options)
}

async function stored(loginId: string) {
  return db
    .selectFrom('accounts')
    .select(['password_hash as hash', 'password_scheme as scheme', 'password_salt as salt'])
    .where('login_id', '=', loginId)
    .executeTakeFirstOrThrow()
}

async function matches(loginId: string) {
  return (await verifyPassword(await stored(loginId), 'correct horse')).matches
}

beforeEach(() => sql`truncate accounts, domains cascade`.execute(db))

describe('passwords of an import', () => {
  test('are wrapped when they are fast digests, and taken as they are when they are slow', async () => {
    const ours = await hashPassword('correct horse')
    const { code, stdout } = await imports({
      hanako: sha,
      taro: ssha256,
      jiro: bcrypt,
      saburo: ours,
      shiro: ''
    })
    assert.equal(code, 0)
    assert.match(
      stdout,
      /Passwords: 0 unchanged, 2 taken as they are, 2 wrapped in argon2id, 0 to be wrapped at the login, 1 none/
    )
    assert.equal((await stored('hanako')).scheme, 'argon2id(sha1)')
    assert.equal((await stored('taro')).scheme, 'argon2id(sha256)')
    assert.equal((await stored('jiro')).scheme, 'bcrypt')
    assert.equal((await stored('saburo')).hash, ours)
    assert.equal((await stored('shiro')).hash, null)
    for (const id of ['hanako', 'taro', 'jiro', 'saburo']) assert.ok(await matches(id), id)
  })

  test('stay what they are when the file is imported again', async () => {
    await imports({ hanako: sha, taro: bcrypt })
    const replaced = await hashPassword('correct horse')
    await db
      .updateTable('accounts')
      .set({ password_hash: replaced, password_scheme: 'argon2id' })
      .where('login_id', '=', 'taro')
      .execute()
    const before = await stored('hanako')
    const { stdout } = await imports({ hanako: sha, taro: bcrypt })
    assert.match(stdout, /0 new, 0 changed, 2 unchanged, 0 disabled\n.*\nPasswords: 2 unchanged,/)
    assert.deepEqual(await stored('hanako'), before)
    assert.equal((await stored('taro')).hash, replaced)
  })

  test('end the sessions of an account when they change', async () => {
    await imports({ hanako: sha, taro: sha })
    await sql`insert into sessions (id_hash, account_id) select login_id::bytea, id from accounts`.execute(db)
    const { stdout } = await imports({ hanako: bcrypt, taro: sha })
    assert.match(stdout, /0 new, 1 changed, 1 unchanged/)
    assert.equal((await stored('hanako')).scheme, 'bcrypt')
    const left = await db.selectFrom('sessions').select('id_hash').execute()
    assert.deepEqual(left, [{ id_hash: Buffer.from('taro') }])
  })

  test('may be wrapped later, at the login or by the next import', async () => {
    assert.match((await imports({ hanako: ssha256 }, '--wrap-later')).stdout, / 1 to be wrapped at the login/)
    assert.equal((await stored('hanako')).scheme, 'sha256')
    assert.ok(await matches('hanako'))
    assert.match((await imports({ hanako: ssha256 }, '--wrap-later')).stdout, /Passwords: 1 unchanged/)
    assert.match((await imports({ hanako: ssha256 })).stdout, / 1 wrapped in argon2id/)
    assert.equal((await stored('hanako')).scheme, 'argon2id(sha256)')
    assert.ok(await matches('hanako'))
  })

  test('of an unknown scheme are listed and never verify', async () => {
    const { code, stdout } = await imports({ hanako: '{CRAM-MD5}0123', taro: sha, jiro: 'correct horse' })
    assert.equal(code, 0)
    const why = 'password_hash is of no scheme that can be verified: imported without a password'
    assert.match(stdout, / 2 of an unknown scheme\n {2}line 2: hanako: /)
    assert.match(stdout, new RegExp(`line 4: jiro: ${why}\n`))
    assert.doesNotMatch(stdout, /correct horse|CRAM/)
    assert.equal(await matches('jiro'), false)
  })

  test('leave nothing in the database by which a fast hash could be tried out', async () => {
    await imports({ hanako: sha })
    const { rows } = await sql<{ text: string }>`select accounts::text as text from accounts`.execute(db)
    const digest = '2f9e53523b62abc141a2b4d6019d23cba835dbd0'
    assert.doesNotMatch(rows[0]?.text ?? '', new RegExp(`${digest}|L55TUjtiq8FB`))
  })
})
