import { setTimeout as sleep } from 'node:timers/promises'

/** Fewer rows are written within seconds anyway. */
const many = 500_000
const [rowsAtOnce, milliseconds] = [500, 4]

/**
 * SQL that holds for every row, and waits a moment at one in 500 when they are many. A statement that writes millions
 * of rows takes a core, and what writes the log of the database another: on a machine of two, pages would wait for both.
 * It is put into statements as it is: made of words and numbers of our own alone.
 * @param number SQL of a whole number that is spread over the rows, and never null
 * @param rows how many there are, or somewhat more
 */
export function unhurried(number: string, rows: number): string {
  return rows < many
    ? 'true'
    : `(${number} % ${rowsAtOnce} <> 0 or pg_sleep(${milliseconds / 1_000})::text = '')`
}

/** The same for rows on their way into the database: reading them takes a core too. */
export async function* unhurriedly<Row>(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  let taken = 0
  for await (const row of rows) {
    yield row
    if (++taken > many && taken % rowsAtOnce === 0) await sleep(milliseconds)
  }
}
