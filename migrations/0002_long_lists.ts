import { type Kysely, sql } from 'kysely'

// What a list of a million addresses needs to find a page at once. Both tables only say where to look:
// the rows that are shown, and whether they belong to a filter, are decided from the tables of 0001.
export async function up(db: Kysely<unknown>) {
  // Addresses that a scope has apart or under another account: the few that may be in doubt.
  await sql`
    create table doubted_addresses (
      account_id bigint not null,
      scope_id bigint not null,
      email text collate "C" not null,
      primary key (account_id, scope_id, email)
    )`.execute(db)

  // 200 or more neighbours in the order of the list, of all domains ('') or of one, none of which is
  // "not affected" (with a gap in the coverage: each of which is affected). A page jumps over them.
  await sql`
    create table affected_runs (
      account_id bigint not null,
      scope_id bigint not null,
      domain text collate "C" not null,
      first_email text collate "C" not null,
      last_email text collate "C" not null,
      primary key (account_id, scope_id, domain, first_email)
    )`.execute(db)

  await sql`
    create function note_runs(noted_scope bigint, accounts bigint[]) returns void language plpgsql as $$
    begin
      delete from affected_runs where scope_id = noted_scope and account_id = any (accounts);
      insert into affected_runs
      with listed as (
        select a.account_id, a.domain, a.email, f.email is not null or d.email is not null as apart
        from addresses a
        left join affected_addresses f
          on f.account_id = a.account_id and f.scope_id = noted_scope and f.email = a.email
        left join doubted_addresses d
          on d.account_id = a.account_id and d.scope_id = noted_scope and d.email = a.email
          and (select coverage -> 'gaps' = '[]' from scopes where id = noted_scope)
        where a.account_id = any (accounts)
      ), numbered as (
        select account_id, '' as domain, email, apart,
          count(*) filter (where not apart) over (partition by account_id order by email) as run
        from listed
        union all
        select account_id, domain, email, apart,
          count(*) filter (where not apart) over (partition by account_id, domain order by email)
        from listed
      )
      select account_id, noted_scope, domain, min(email), max(email)
      from numbered where apart
      group by account_id, domain, run having count(*) >= 200;
    end $$`.execute(db)

  await sql`
    create function note_doubts() returns trigger language plpgsql as $$
    begin
      insert into doubted_addresses
      select added.account_id, u.scope_id, added.email
      from scopes s cross join added
      join unmatched_recipients u on u.scope_id = s.id and u.email = added.email
      union
      select added.account_id, f.scope_id, added.email
      from scopes s cross join added
      join affected_addresses f on f.scope_id = s.id and f.email = added.email
      where f.account_id <> added.account_id
      on conflict do nothing;
      perform note_runs(scope_id, array_agg(account_id))
      from (select distinct account_id, scope_id from affected_runs
        where account_id in (select account_id from added)) as stale
      group by scope_id;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger addresses_added after insert on addresses
      referencing new table as added for each statement execute function note_doubts()`.execute(db)
  await sql`
    create trigger addresses_changed after update on addresses
      referencing new table as added for each statement execute function note_doubts()`.execute(db)
}
