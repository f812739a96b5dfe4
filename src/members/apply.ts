import type pg from 'pg'
import { fillEmpty } from '../database/bulk.ts'
import { digestSchemes } from '../sign-in/passwords.ts'
import { mayBeBad, unreadable } from './staging.ts'

export type Applied = {
  newDomains: string[]
  accounts: { new: number; changed: number; unchanged: number; disabled: number }
  addresses: { new: number; removed: number }
  /** Whether there are bad rows that do not say whom they are about; then nobody is disabled as missing. */
  nameless: boolean
}

/**
 * Gathers the accounts that the good rows name. A password is taken when the file has another one than
 * at the last import; or to be wrapped, when that has been put off.
 */
export async function gatherAccounts(client: pg.PoolClient, wrapNow: boolean) {
  await client.query(
    `create temp table member_accounts on commit drop as
     select distinct on (login_id) login_id, line, note, row.kind, row.name, row.contact_email, row.language,
       row.password_hash, row.password_scheme, row.password_salt, row.password_source,
       accounts.id as account_id,
       row.password_source is distinct from accounts.password_source as password_changed,
       row.password_source is distinct from accounts.password_source
         or $1 and accounts.password_scheme = any($2) as password_taken,
       ${mayBeBad('row.login_id')} as keeps_addresses
     from member_rows as row
     left join accounts using (login_id)
     where problem is null
     order by login_id, line`,
    [wrapNow, digestSchemes]
  )
  await client.query('create index on member_accounts (login_id)')
  await client.query('analyze member_accounts (login_id, account_id)')
  await client.query('create temp table touched_accounts (account_id bigint) on commit drop')
}

/** Makes the database what the good rows say. */
export async function applyRows(client: pg.PoolClient, disableMissing: boolean): Promise<Applied> {
  const newDomains = await insertDomains(client)
  const changed = await updateAccounts(client)
  const inserted = await insertAccounts(client)
  const disabled = disableMissing ? await disableOthers(client) : 0
  const removed = await removeAddresses(client)
  const added = await fillEmpty(client, 'addresses', () => insertAddresses(client))
  const addresses = { new: added, removed }
  await sumUp(client)
  await endSessions(client)
  const { rows } = await client.query<{ named: number; nameless: boolean }>(
    `select count(*)::int as named, exists (${unreadable}) as nameless from member_accounts`
  )
  const { named = 0, nameless = false } = rows[0] ?? {}
  const accounts = { new: inserted, changed, unchanged: named - changed - inserted, disabled }
  await client.query(`select gin_clean_pending_list('addresses_by_part')`)
  await client.query('analyze accounts, addresses, address_totals')
  return { newDomains, accounts, addresses, nameless }
}

async function insertDomains(client: pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    insert into domains (name, kind)
    select distinct domain, 'virtual' from member_rows where problem is null and domain is not null
    on conflict do nothing
    returning name`)
  return rows.map(({ name }) => name).sort()
}

async function updateAccounts(client: pg.PoolClient): Promise<number> {
  return count(
    client,
    `
    update accounts set
      name = listed.name,
      contact_email = listed.contact_email,
      language = listed.language,
      disabled_at = null,
      password_hash = case when password_taken then listed.password_hash else accounts.password_hash end,
      password_scheme = case when password_taken then listed.password_scheme else accounts.password_scheme end,
      password_salt = case when password_taken then listed.password_salt else accounts.password_salt end,
      password_source = listed.password_source,
      password_version = password_version + password_changed::int
    from member_accounts as listed
    where id = account_id and (
      (accounts.name, accounts.contact_email, accounts.language)
        is distinct from (listed.name, listed.contact_email, listed.language)
      or password_taken or disabled_at is not null
    )`
  )
}

async function insertAccounts(client: pg.PoolClient): Promise<number> {
  return count(
    client,
    `
    with added as (
      insert into accounts (login_id, kind, name, contact_email, language,
        password_hash, password_scheme, password_salt, password_source)
      select login_id, kind, name, contact_email, language,
        password_hash, password_scheme, password_salt, password_source
      from member_accounts where account_id is null order by login_id
      returning id, login_id
    )
    update member_accounts set account_id = id from added where added.login_id = member_accounts.login_id`
  )
}

/** Accounts that no row names; none while there are rows that cannot be read, which may name them. */
async function disableOthers(client: pg.PoolClient): Promise<number> {
  return count(
    client,
    `
    update accounts set disabled_at = now()
    where disabled_at is null and not exists (${unreadable})
      and not exists (select from member_rows where member_rows.login_id = accounts.login_id)`
  )
}

async function removeAddresses(client: pg.PoolClient): Promise<number> {
  const unlisted = await countTouched(
    client,
    `
    delete from addresses using member_accounts as listed
    where addresses.account_id = listed.account_id and not keeps_addresses and not exists (
      select from member_rows as row
      where row.login_id = listed.login_id and row.email = addresses.email and problem is null
    )
    returning addresses.account_id`
  )
  const taken = await countTouched(
    client,
    `
    delete from addresses using member_rows as row, member_accounts as listed
    where row.email = addresses.email and problem is null
      and listed.login_id = row.login_id and listed.account_id <> addresses.account_id
    returning addresses.account_id`
  )
  return unlisted + taken
}

async function insertAddresses(client: pg.PoolClient): Promise<number> {
  return countTouched(
    client,
    `
    insert into addresses (account_id, email, domain)
    select distinct account_id, email, domain
    from member_rows join member_accounts using (login_id)
    where problem is null and email is not null
      and not exists (select from addresses where addresses.email = member_rows.email)
    order by account_id, email
    returning account_id`
  )
}

/** Counts the addresses of the businesses among the touched accounts anew, and what each scope says of them. */
async function sumUp(client: pg.PoolClient) {
  const businesses = `select id from accounts where kind = 'business' and id in (select account_id from touched_accounts)`
  await client.query(`delete from address_totals where account_id in (${businesses})`)
  await client.query(`
    insert into address_totals (account_id, domain, addresses)
    select account_id, domain, count(*) from addresses
    where account_id in (${businesses}) group by account_id, domain`)
  await client.query(`select note_totals(null, array(${businesses}))`)
}

async function endSessions(client: pg.PoolClient) {
  await client.query(`
    delete from sessions where account_id in (select account_id from member_accounts where password_changed)
      or account_id in (select id from accounts where disabled_at is not null)`)
}

async function count(client: pg.PoolClient, statement: string): Promise<number> {
  return (await client.query(statement)).rowCount ?? 0
}

/** @param change a statement that returns the account of each address that it changes */
async function countTouched(client: pg.PoolClient, change: string): Promise<number> {
  return count(
    client,
    `with changed as (${change}) insert into touched_accounts select account_id from changed`
  )
}
