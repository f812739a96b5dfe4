import { type Kysely, sql } from 'kysely'

// How many addresses of a contract are in doubt is kept with its other totals: counting half a million of
// them for every page took longer than the page.
export async function up(db: Kysely<unknown>) {
  await sql`alter table affected_totals add column doubted integer not null default 0`.execute(db)

  // Sums up what a scope, or every scope (null), says of the addresses that these businesses have today.
  await sql`
    create function note_totals(noted_scope bigint, businesses bigint[]) returns void language plpgsql as $$
    begin
      delete from affected_totals
      where account_id = any (businesses) and (noted_scope is null or scope_id = noted_scope);
      insert into affected_totals (account_id, scope_id, domain, addresses, lost_messages, doubted)
      select account_id, scope_id, a.domain,
        count(*) filter (where not doubt), sum(lost_count) filter (where not doubt), count(*) filter (where doubt)
      from (
        select account_id, scope_id, email, lost_count, false as doubt from affected_addresses where business
        union all
        select account_id, scope_id, email, null, true from doubted_addresses d
        where not exists (select from affected_addresses f
          where f.account_id = d.account_id and f.scope_id = d.scope_id and f.email = d.email)
      ) as listed
      join addresses a using (account_id, email)
      join accounts on accounts.id = account_id and kind = 'business'
      where account_id = any (businesses) and (noted_scope is null or scope_id = noted_scope)
      group by account_id, scope_id, a.domain;
    end $$`.execute(db)
  await sql`select note_totals(null, array(select account_id from doubted_addresses))`.execute(db)
}
