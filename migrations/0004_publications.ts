import { type Kysely, sql } from 'kysely'

// Whose verdict a publication changed, for those who have to be told. A first publication lists nobody: its
// scope does.
export async function up(db: Kysely<unknown>) {
  await sql`alter table scopes add column withdrawn_at timestamptz, add column withdrawn_by text`.execute(db)

  // From then on verdicts are bound to scope_id, or to none. The verdict of all addresses that neither scope
  // says anything of, and that are not listed one by one, went from others_from to others_to.
  await sql`
    create table publications (
      id bigint generated always as identity primary key,
      incident_id bigint not null references incidents,
      scope_id bigint references scopes,
      former_scope_id bigint references scopes,
      published_at timestamptz not null default now(),
      published_by text not null,
      others_from text not null check (others_from in ('not_affected', 'undetermined')),
      others_to text not null check (others_to in ('not_affected', 'undetermined'))
    )`.execute(db)
  await sql`create index publications_by_incident on publications (incident_id, id)`.execute(db)

  await sql`
    create table verdict_changes (
      account_id bigint not null references accounts not enforced,
      publication_id bigint not null references publications not enforced,
      email text collate "C" not null,
      incident_id bigint not null references incidents not enforced,
      scope_id bigint references scopes not enforced,
      former_scope_id bigint references scopes not enforced,
      from_verdict text not null,
      to_verdict text not null,
      primary key (account_id, publication_id, email)
    )`.execute(db)
  await sql`create index verdict_changes_by_publication on verdict_changes (publication_id)`.execute(db)
}
