import { type Kysely, sql } from 'kysely'

// What the staff who answer members need to find them, and what holds them to a human pace.
export async function up(db: Kysely<unknown>) {
  // Half-width, no spaces, lower case. A name is searched from its beginning; the index is in "C" for that.
  await sql`
    create function canonical_name(name text) returns text
    language sql immutable strict parallel safe
    return lower(replace(normalize(name, nfkc), ' ', ''))`.execute(db)
  await sql`create index accounts_by_name on accounts (canonical_name(name) collate "C")`.execute(db)

  // How often somebody did something since a moment; begun anew when that is ten minutes ago.
  await sql`
    create table staff_uses (
      staff_id bigint not null references staff,
      what text not null,
      since timestamptz not null default now(),
      count integer not null,
      primary key (staff_id, what)
    )`.execute(db)

  await sql`create index look_ups_disputed on look_ups (disputed_at) where disputed_at is not null`.execute(
    db
  )
}
