import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { Failure } from '../terminal/failure.ts'

export type CopyValue = string | number | null

const chunkLength = 1 << 16

const settings = `
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0;
  set local work_mem = '128MB';
  set local max_parallel_workers_per_gather = 0`

/**
 * One transaction on a connection of its own, which COPY and temporary tables need. It may take as long
 * as it takes, also on a pool of pages: what works on a whole file is not held to a page's limit, and may
 * take more memory; but one core at the most, which leaves others to pages.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(settings)
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    // Ending the connection rolls back, whatever state it is in.
    client.release(true)
    throw error
  }
}

/**
 * Streams rows into a table with COPY, in flat memory.
 * @param target the table and its columns, such as `staging (line, email)`
 * @param rows values in the order of the columns; text must not hold NUL characters
 * @returns the number of rows
 */
export async function copyInto(
  client: pg.PoolClient,
  target: string,
  rows: AsyncIterable<CopyValue[]>
): Promise<number> {
  const copy = client.query(copyFrom(`copy ${target} from stdin`))
  await pipeline(Readable.from(chunksOf(rows)), copy)
  return copy.rowCount ?? 0
}

async function* chunksOf(rows: AsyncIterable<CopyValue[]>): AsyncGenerator<Buffer> {
  let chunk = ''
  for await (const row of rows) {
    chunk += `${row.map(written).join('\t')}\n`
    if (chunk.length < chunkLength) continue
    yield Buffer.from(chunk)
    chunk = ''
  }
  yield Buffer.from(chunk)
}

function written(value: CopyValue): string {
  if (value === null) return '\\N'
  if (typeof value === 'number') return String(value)
  return /[\\\t\n\r]/.test(value)
    ? value.replace(/[\\\t\n\r]/g, character => escapes[character] ?? '')
    : value
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/**
 * Writes the rows of a query to a CSV file with a header, in flat memory.
 * @throws Failure when the file cannot be written
 */
export async function copyToFile(client: pg.PoolClient, query: string, file: string) {
  const rows = client.query(copyTo(`copy (${query}) to stdout (format csv, header)`))
  try {
    await pipeline(rows, createWriteStream(file))
  } catch (error) {
    throw error instanceof Error && 'syscall' in error
      ? new Failure(`The file ${file} cannot be written: ${error.message}`)
      : error
  }
}
