import type pg from 'pg'

/**
 * Runs `fill` with the table's constraints and indexes put aside when the table is empty, and builds them
 * at the end: several times faster than keeping them up row by row. Within a transaction; nobody else can
 * read the table until its end, which is why only an empty one is treated so.
 */
export async function fillEmpty<T>(client: pg.PoolClient, table: string, fill: () => Promise<T>): Promise<T> {
  const { rowCount } = await client.query(`select from ${client.escapeIdentifier(table)} limit 1`)
  if (rowCount) return fill()
  const { rows } = await client.query<{ aside: string; back: string }>(putAside, [table])
  for (const { aside } of rows) await client.query(aside)
  const filled = await fill()
  for (const { back } of rows.toReversed()) await client.query(back)
  return filled
}

const putAside = `
  select format('alter table %s drop constraint %I', conrelid::regclass, conname) as aside,
    format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as back
  from pg_constraint where conrelid = $1::regclass and contype in ('p', 'u')
  union all
  select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
  from pg_index where indrelid = $1::regclass
    and not exists (select from pg_constraint where conindid = indexrelid)`
