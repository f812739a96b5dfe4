import { type Kysely, sql } from 'kysely'

// Mail to an address with an extension, `taro+news@`, goes to the owner of the address without it: who is not told
// "not affected" while nobody has said whose the longer one is.
export async function up(db: Kysely<unknown>) {
  await sql`alter table unmatched_recipients drop constraint unmatched_recipients_reason_check`.execute(db)
  await sql`
    alter table unmatched_recipients add constraint unmatched_recipients_reason_check
      check (reason in ('no_owner', 'extension', 'other_domain', 'outside_window', 'no_word')) not valid`.execute(
    db
  )
}
