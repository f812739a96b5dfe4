import type pg from 'pg'

/** Keeps imports of members away until the load is done: the owners of addresses stay who they are. */
export async function holdOwners(client: pg.PoolClient) {
  await client.query(`select pg_advisory_xact_lock_shared(hashtext('members import'))`)
}

/** Notes what the lists of large contracts need to find a page of a new scope at once. */
export async function noteForLists(client: pg.PoolClient, scopeId: string) {
  await client.query(
    `insert into doubted_addresses
     select account_id, scope_id, email from unmatched_recipients join addresses using (email)
     where scope_id = $1 on conflict do nothing`,
    [scopeId]
  )
  await client.query('analyze doubted_addresses')
  await client.query(
    `select note_totals($1, array(
       select account_id from affected_addresses where scope_id = $1 and business
       union select account_id from doubted_addresses where scope_id = $1))`,
    [scopeId]
  )
  await client.query('analyze affected_totals')
  await client.query(
    `select note_runs($1, array(
       select account_id from affected_totals where scope_id = $1
       group by account_id having sum(addresses + doubted) >= 200))`,
    [scopeId]
  )
}
