import { type Kysely, sql } from 'kysely'

// Loads that were started in the browser: a page shows how far one is, and what came of it.
export async function up(db: Kysely<unknown>) {
  await sql`
    create table desk_jobs (
      id bigint generated always as identity primary key,
      incident_id bigint not null references incidents,
      by text not null,
      files text not null,
      state text not null default 'running' check (state in ('running', 'done', 'failed')),
      step text not null default '',
      done bigint not null default 0,
      total bigint not null default 0,
      message text not null default '',
      scope_version integer,
      -- False when the files were that version already.
      fresh boolean,
      started_at timestamptz not null default now(),
      heartbeat_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index desk_jobs_by_incident on desk_jobs (incident_id, id)`.execute(db)
}
