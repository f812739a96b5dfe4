import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import pg from 'pg'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/tables.ts'

export type TestDatabase = { url: string; pool: pg.Pool; db: Database }

/**
 * A database of its own for one test file, dropped after it. Call it at the top level of the file.
 * @param leave what uses the database beside the tests ends here, before it is dropped
 */
export async function openTestDatabase(leave = async () => {}): Promise<TestDatabase> {
  const template = process.env.TEST_DATABASE_URL
  if (!template)
    throw new Error('Run the tests with "npm test", or one file with "npm run test:file -- FILE".')
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(template, `create database ${name} template mypage`)
  const url = template.replace(/\/mypage$/, `/${name}`)
  const pool = openPool(url, { connections: 8, statementTimeout: 60_000 })
  const db = queriesOn(pool)
  after(async () => {
    await leave()
    await db.destroy()
    await onServer(template, `drop database ${name} with (force)`)
  })
  return { url, pool, db }
}

async function onServer(template: string, statement: string) {
  const client = new pg.Client({ connectionString: template.replace(/\/mypage$/, '/postgres') })
  await client.connect()
  await client.query(statement)
  await client.end()
}
