import { type Kysely, sql } from 'kysely'

// Two people: a withdrawal may take “affected” away from addresses, as a publication may: then a second person has to agree.
export async function up(db: Kysely<unknown>) {
  await sql`alter table scopes add column withdrawal_proposed_at timestamptz, add column withdrawal_proposed_by text`.execute(
    db
  )
  // Who gave somebody their enrolment code may have used it: the two do not count as two people.
  await sql`alter table staff add column enrolled_by bigint references staff`.execute(db)
}
