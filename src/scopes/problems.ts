import type pg from 'pg'
import { copyToFile } from '../database/copy.ts'

const unreadable = `
  select line, problem, 'unreadable' as kind from lost_rows where problem is not null`

// Every text starts with words of ours: a spreadsheet takes none for a formula.
const apart = `
  select line, fate as kind, case fate
    when 'duplicate' then 'the same as '
      || case when first_line >> 32 = line >> 32 then '' else
        (select file || ', ' from lost_files where number = first_line >> 32) end
      || 'line ' || (first_line & 4294967295) || ': ' || email
    when 'other_domain' then 'on a domain that the incident does not concern: ' || email
    when 'outside_window' then 'received outside the window: ' || email
    when 'no_word' then 'no word of what became of it: ' || email
    when 'no_owner' then 'owned by nobody: ' || email
  end as problem
  from placed_rows where fate is not null`

/**
 * The lines that cannot be read, as text; empty when all can.
 * @param file where all of them are written as CSV, if anywhere
 */
export function listUnreadable(client: pg.PoolClient, file?: string): Promise<string[]> {
  return list(client, { problems: unreadable, shown: 1_000, out: file })
}

/** The first rows of each kind that are no lost mail of an account, as text; in the file all of them. */
export function listApart(client: pg.PoolClient, file?: string): Promise<string[]> {
  return list(client, { problems: apart, shown: 20, out: file })
}

type Wanted = { problems: string; shown: number; out: string | undefined }
type Problem = { file: string; line: string; problem: string; number: number; all: number }

async function list(client: pg.PoolClient, { problems, shown, out }: Wanted): Promise<string[]> {
  const named = `select ${lineOfFile}, problem from (${problems}) as found join lost_files on ${isItsFile}`
  if (out) await copyToFile(client, `${named} order by found.line`, out)
  const { rows } = await client.query<Problem>(
    `select ${lineOfFile}, problem, found.number, found.all from (
       select *, (row_number() over (partition by kind order by line))::int as number,
         (count(*) over (partition by kind))::int as all
       from (${problems}) as found
     ) as found join lost_files on ${isItsFile}
     where found.number <= ${shown} order by kind, found.line`
  )
  return rows.flatMap(({ file, line, problem, number, all }) => {
    const text = `${file}, line ${line}: ${problem}`
    const more = `… and ${all - shown} more like that${out ? '' : '; --problems FILE lists them all'}`
    return number === shown && all > shown ? [text, more] : [text]
  })
}

const lineOfFile = 'file, found.line & 4294967295 as line'
const isItsFile = 'lost_files.number = found.line >> 32'
