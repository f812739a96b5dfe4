import { type Kysely, sql } from 'kysely'

// Titles, and what was not affected, stand in reports that two people agreed to: others wait for a second person too.
export async function up(db: Kysely<unknown>) {
  await sql`
    alter table incidents
      add column proposed_texts jsonb,
      add column texts_proposed_at timestamptz,
      add column texts_proposed_by text`.execute(db)
}
