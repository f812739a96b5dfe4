import type pg from 'pg'
import { copyToFile } from '../database/copy.ts'

export type Listed = { count: number; lines: string[] }

const shown = 50

/** The rows that cannot be taken, in the order of the file: how many, and the first of them as text. */
export function listProblems(client: pg.PoolClient): Promise<Listed> {
  return list(client, 'select line, problem as text from member_rows where problem is not null')
}

/** The accounts whose password cannot be verified. */
export function listUnknownPasswords(client: pg.PoolClient): Promise<Listed> {
  return list(
    client,
    `select line, login_id || ': ' || note as text from member_accounts where note is not null`
  )
}

async function list(client: pg.PoolClient, texts: string): Promise<Listed> {
  const { rows } = await client.query<{ line: number; text: string; count: number }>(
    `select *, (count(*) over ())::int as count from (${texts}) as texts order by line limit ${shown}`
  )
  const count = rows[0]?.count ?? 0
  const lines = rows.map(row => `line ${row.line}: ${row.text}`)
  return { count, lines: count > shown ? [...lines, `… and ${count - shown} more like that`] : lines }
}

/** Writes all of both to a CSV file. */
export async function writeProblems(client: pg.PoolClient, file: string) {
  const texts = 'select line, coalesce(problem, note) as problem from member_rows'
  await copyToFile(client, `select * from (${texts}) as texts where problem is not null order by line`, file)
}
