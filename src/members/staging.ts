import type pg from 'pg'

/** The columns of `member_rows`, in the order in which rows are copied into it. */
export const memberRows = `member_rows (
  line, problem, login_id, kind, name, contact_email, language,
  note, password_hash, password_scheme, password_salt, password_source, email, domain
)`

/** Tables that live as long as the transaction of an import; one import at a time. */
export async function createStaging(client: pg.PoolClient) {
  await client.query(`select pg_advisory_xact_lock(hashtext('members import'))`)
  // New addresses go into the search index in large portions, which takes half the time.
  await client.query(`set local gin_pending_list_limit = '64MB'`)
  await client.query(`set local maintenance_work_mem = '256MB'`)
  await client.query(`
    create temp table member_rows (
      line integer,
      problem text,
      login_id text collate "C",
      kind text,
      name text,
      contact_email text,
      language text,
      note text,
      password_hash text,
      password_scheme text,
      password_salt bytea,
      password_source bytea,
      email text collate "C",
      domain text collate "C"
    ) on commit drop`)
}

/** What a bad row may have meant is not undone: whom it names keeps what they have. */
export type Missing = { disable: boolean; skipBadRows: boolean }

/** Finds what is wrong between the rows of the file, and between them and the database. */
export async function checkAcrossRows(client: pg.PoolClient, missing: Missing) {
  await client.query('create index on member_rows (login_id)')
  await client.query('analyze member_rows (login_id, email)')
  await findDisagreements(client)
  await findSharedAddresses(client)
  // A row that becomes bad keeps an address with its owner, which may make another row bad.
  while ((await findOwnedAddresses(client, missing)) > 0);
}

async function findDisagreements(client: pg.PoolClient) {
  await client.query(`
    with firsts as (
      select distinct on (login_id) * from member_rows where problem is null order by login_id, line
    )
    update member_rows as other
    set problem = other.login_id || ' has another name, contact_email, language or password_hash than on line '
      || firsts.line
    from firsts
    where other.login_id = firsts.login_id and other.problem is null
      and (other.name, other.contact_email, other.language, other.password_source)
        is distinct from (firsts.name, firsts.contact_email, firsts.language, firsts.password_source)`)
}

async function findSharedAddresses(client: pg.PoolClient) {
  await client.query(`
    with shared as (
      select email, min(login_id) as one, max(login_id) as other
      from member_rows where email is not null and login_id is not null
      group by email having min(login_id) <> max(login_id)
    )
    update member_rows as listed
    set problem = 'address ' || listed.email || ' is also listed for '
      || case login_id when one then other else one end
    from shared
    where listed.email = shared.email and problem is null`)
}

/** @returns how many rows list an address of an account that does not give it up */
async function findOwnedAddresses(client: pg.PoolClient, { disable, skipBadRows }: Missing): Promise<number> {
  const { rowCount } = await client.query(
    `update member_rows as listed
     set problem = 'address ' || listed.email || ' belongs to ' || owner.login_id
       || case when named then ', of which a row is bad' else ', which is not in the file' end
     from addresses
     join accounts as owner on owner.id = account_id
     cross join lateral (select exists (
       select from member_rows where member_rows.login_id = owner.login_id
     ) as named)
     where listed.email = addresses.email and listed.login_id <> owner.login_id and problem is null
       and case when named
         then $2 and ${mayBeBad('owner.login_id')}
         else owner.disabled_at is null and not ($1 and not ($2 and exists (${unreadable})))
       end`,
    [disable, skipBadRows]
  )
  return rowCount ?? 0
}

/** Rows that name nobody: they may be about anybody. */
export const unreadable = 'select from member_rows where login_id is null'

/** Whether a bad row may be about an account. */
export function mayBeBad(loginId: string): string {
  const bad = 'select login_id from member_rows where problem is not null and login_id is not null'
  return `(${loginId} in (${bad}) or exists (${unreadable}))`
}
