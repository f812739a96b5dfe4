import { type Kysely, sql } from 'kysely'

// How long the queue of the logins is in each process. What a crash takes away is told anew 2 s later: not logged.
export async function up(db: Kysely<unknown>) {
  await sql`
    create unlogged table login_queues (
      process text primary key,
      at timestamptz not null,
      waiting integer not null,
      running integer not null
    )`.execute(db)
}
