import { type Kysely, sql } from 'kysely'

// A notice whose fate nobody knew, and that a person has given up: no other mailbox is tried by itself.
export async function up(db: Kysely<unknown>) {
  await sql`alter table notices add column given_up boolean not null default false`.execute(db)
}
