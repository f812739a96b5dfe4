import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()

test('mypage migrate on a database that is up to date changes nothing and says so', async () => {
  const { code, stdout } = await mypage(url, 'migrate')
  assert.equal(code, 0)
  assert.equal(stdout, 'The tables are up to date.\n')
  assert.deepEqual(await db.selectFrom('accounts').selectAll().execute(), [])
})
