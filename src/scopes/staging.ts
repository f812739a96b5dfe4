import type pg from 'pg'

/** Tables that live as long as the transaction of a load. */
export async function createStaging(client: pg.PoolClient) {
  await client.query(`
    create temp table lost_rows (
      line bigint,
      problem text,
      apart text,
      email text collate "C",
      received_at timestamptz,
      sender text,
      message_id text,
      size bigint,
      queue_id text
    ) on commit drop;
    create temp table lost_files (number integer, file text) on commit drop`)
}

/**
 * Puts every row in its place: lost mail of an account (`fate` null), or apart, with the reason.
 * A message comes twice when recipient and time are the same, and the queue ID, or without one the
 * message ID; in files of recipients, when the recipient is. Its first line stays.
 */
export async function placeRows(client: pg.PoolClient) {
  await client.query('analyze lost_rows (email)')
  await client.query(`
    create temp table placed_rows on commit drop as
    select named.*, owned.account_id, owned.domain,
      case
        when first_line < line then 'duplicate'
        when apart is not null then apart
        when owned.account_id is null then 'no_owner'
      end as fate
    from (
      select *, min(line) over (partition by email, received_at, same, apart is not distinct from 'no_word') as first_line
      from (
        select *, coalesce(
          case when received_at is null then '' end, 'q' || queue_id, 'm' || message_id, 'l' || line
        ) as same
        from lost_rows
      ) as lost
    ) as named
    left join addresses as owned using (email)
    order by owned.account_id, email, received_at, line`)
  await client.query('analyze placed_rows (account_id, email)')
}

export type Placed = { rows: number; addresses: number }
export type Fate = 'lost' | 'duplicate' | 'no_owner' | 'other_domain' | 'outside_window' | 'no_word'

/** Rows of all files by what became of them, and their different addresses. */
export async function countPlaced(client: pg.PoolClient): Promise<Record<Fate, Placed>> {
  const { rows } = await client.query<Placed & { fate: Fate }>(
    `select coalesce(fate, 'lost') as fate, count(*)::int as rows, count(distinct email)::int as addresses
     from placed_rows group by fate`
  )
  const none = { rows: 0, addresses: 0 }
  const apart = { no_owner: none, other_domain: none, outside_window: none, no_word: none }
  const counts = { lost: none, duplicate: none, ...apart }
  for (const { fate, ...placed } of rows) counts[fate] = placed
  return counts
}
