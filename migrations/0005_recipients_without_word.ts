import { type Kysely, sql } from 'kysely'

// The logs name a recipient, but do not say what became of the mail: its owner is neither affected nor not.
export async function up(db: Kysely<unknown>) {
  await sql`alter table unmatched_recipients drop constraint unmatched_recipients_reason_check`.execute(db)
  await sql`
    alter table unmatched_recipients add constraint unmatched_recipients_reason_check
      check (reason in ('no_owner', 'other_domain', 'outside_window', 'no_word')) not valid`.execute(db)
}
