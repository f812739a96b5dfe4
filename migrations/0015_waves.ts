import { type Kysely, sql } from 'kysely'

// Notices may go out in waves, and more slowly while the login turns visitors away.
export async function up(db: Kysely<unknown>) {
  await sql`
    alter table notice_sendings
      -- Of a wave; the pause after it, in seconds.
      add column wave_size integer check (wave_size > 0),
      add column wave_pause integer check (wave_pause >= 0),
      -- Of the wave that goes out now, and when the next may begin.
      add column wave_left integer,
      add column wave_from timestamptz not null default '-infinity',
      -- Whether the rate is halved while the login turns visitors away, how often it is, and since when.
      add column heeds_login boolean not null default true,
      add column brake integer not null default 0,
      add column braked_at timestamptz not null default '-infinity'`.execute(db)
  // When it last happened, by the clock of the database: those of the web processes may be wrong.
  await sql`alter table activity add column last_at timestamptz not null default '-infinity'`.execute(db)
  await sql`create index activity_turned_away on activity (last_at) where what = 'turned away'`.execute(db)
}
