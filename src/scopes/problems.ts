import type pg from 'pg'
import { copyToFile } from '../database/copy.ts'

const unreadable = `
  select line, problem, 'unreadable' as kind from lost_rows where problem is not null`

// Every text starts with words of ours: a spreadsheet takes none for a formula.
const apart = `
  select line, fate as kind, case fate
    when 'duplicate' then 'the same as line ' || first_line || ': ' || email
    when 'other_domain' then 'on a domain that the incident does not concern: ' || email
    when 'outside_window' then 'received outside the window: ' || email
    when 'no_owner' then 'owned by nobody: ' || email
  end as problem
  from placed_rows where fate is not null`

/**
 * The lines that cannot be read, as text; empty when all can.
 * @param file where all of them are written as CSV, if anywhere
 */
export function listUnreadable(client: pg.PoolClient, file?: string): Promise<string[]> {
  return list(client, { problems: unreadable, shown: 1_000, file })
}

/** The first rows of each kind that are no lost mail of an account, as text; in the file all of them. */
export function listApart(client: pg.PoolClient, file?: string): Promise<string[]> {
  return list(client, { problems: apart, shown: 20, file })
}

type Wanted = { problems: string; shown: number; file: string | undefined }
type Problem = { line: number; problem: string; number: number; all: number }

async function list(client: pg.PoolClient, { problems, shown, file }: Wanted): Promise<string[]> {
  if (file) await copyToFile(client, `select line, problem from (${problems}) as found order by line`, file)
  const { rows } = await client.query<Problem>(
    `select * from (
       select *, (row_number() over (partition by kind order by line))::int as number,
         (count(*) over (partition by kind))::int as all
       from (${problems}) as found
     ) as numbered
     where number <= ${shown} order by kind, line`
  )
  return rows.flatMap(({ line, problem, number, all }) => {
    const text = `line ${line}: ${problem}`
    const more = `… and ${all - shown} more like that${file ? '' : '; --problems FILE lists them all'}`
    return number === shown && all > shown ? [text, more] : [text]
  })
}
