import { type Kysely, sql } from 'kysely'

// Text that is compared or sorted is in collation "C": the same order on every server, and
// prefix searches can use its b-tree indexes.
//
// References of tables that are filled by the hundred thousand are not enforced: the rows come from joins
// with the very tables they name, which never lose a row, and the checks took longer than all the rest.
export async function up(db: Kysely<unknown>) {
  await sql`create extension if not exists pg_trgm`.execute(db)

  await sql`
    create table accounts (
      id bigint generated always as identity primary key,
      login_id text collate "C" not null unique,
      kind text not null check (kind in ('individual', 'business')),
      name text not null,
      contact_email text,
      language text not null check (language in ('ja', 'en')),
      password_hash text,
      password_scheme text,
      password_salt bytea,
      password_source bytea,
      password_version integer not null default 0,
      disabled_at timestamptz,
      check ((password_hash is null) = (password_scheme is null))
    )`.execute(db)

  await sql`
    create table domains (
      name text collate "C" primary key,
      kind text not null check (kind in ('provider', 'virtual'))
    )`.execute(db)

  await sql`
    create table addresses (
      account_id bigint not null references accounts not enforced,
      id bigint generated always as identity,
      email text collate "C" not null unique,
      domain text collate "C" not null references domains not enforced,
      primary key (account_id, id)
    )`.execute(db)
  await sql`create index addresses_by_email on addresses (account_id, email)`.execute(db)
  await sql`create index addresses_by_domain on addresses (account_id, domain, email)`.execute(db)
  await sql`create index addresses_by_part on addresses using gin (email gin_trgm_ops)`.execute(db)

  // Kept by the import and the load, so that a contract of a million addresses is summed up at once.
  await sql`
    create table address_totals (
      account_id bigint not null references accounts not enforced,
      domain text collate "C" not null,
      addresses integer not null,
      primary key (account_id, domain)
    )`.execute(db)

  await sql`
    create table incidents (
      id bigint generated always as identity primary key,
      slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
      title_ja text not null,
      title_en text not null,
      unaffected_ja text not null default '',
      unaffected_en text not null default '',
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      zone text not null,
      state text not null default 'draft' check (state in ('draft', 'published', 'closed')),
      check (starts_at < ends_at)
    )`.execute(db)

  await sql`
    create table incident_domains (
      incident_id bigint not null references incidents,
      domain text collate "C" not null references domains,
      primary key (incident_id, domain)
    )`.execute(db)

  await sql`
    create table scopes (
      id bigint generated always as identity primary key,
      incident_id bigint not null references incidents,
      version integer not null,
      state text not null default 'draft' check (state in ('draft', 'published', 'superseded', 'withdrawn')),
      sources jsonb not null,
      sources_key text not null,
      coverage jsonb not null,
      totals jsonb not null,
      created_at timestamptz not null default now(),
      created_by text not null,
      published_at timestamptz,
      approved_by text,
      unique (incident_id, version)
    )`.execute(db)
  await sql`create unique index scopes_published on scopes (incident_id) where state = 'published'`.execute(
    db
  )

  // An address of a scope is affected for one account only: the owner at the time of the load.
  await sql`
    create table affected_addresses (
      account_id bigint not null references accounts not enforced,
      scope_id bigint not null references scopes not enforced,
      email text collate "C" not null,
      domain text collate "C" not null,
      business boolean not null,
      lost_count integer,
      first_lost_at timestamptz,
      last_lost_at timestamptz,
      primary key (account_id, scope_id, email),
      unique (scope_id, email)
    )`.execute(db)
  // For the lists of business administrators: every order, of all domains and of one. Individuals, most of
  // all rows, need no list.
  await sql`
    create index affected_addresses_by_count
      on affected_addresses (account_id, scope_id, lost_count desc nulls last, email) where business`.execute(
    db
  )
  await sql`
    create index affected_addresses_by_last
      on affected_addresses (account_id, scope_id, last_lost_at desc nulls last, email) where business`.execute(
    db
  )
  await sql`
    create index affected_addresses_by_domain
      on affected_addresses (account_id, scope_id, domain, email) where business`.execute(db)
  await sql`
    create index affected_addresses_by_domain_count
      on affected_addresses (account_id, scope_id, domain, lost_count desc nulls last, email) where business`.execute(
    db
  )
  await sql`
    create index affected_addresses_by_domain_last
      on affected_addresses (account_id, scope_id, domain, last_lost_at desc nulls last, email) where business`.execute(
    db
  )

  await sql`
    create table affected_totals (
      account_id bigint not null references accounts not enforced,
      scope_id bigint not null references scopes not enforced,
      domain text collate "C" not null,
      addresses integer not null,
      lost_messages integer,
      primary key (account_id, scope_id, domain)
    )`.execute(db)

  await sql`
    create table lost_messages (
      account_id bigint not null references accounts not enforced,
      scope_id bigint not null references scopes not enforced,
      email text collate "C" not null,
      received_at timestamptz not null,
      id bigint generated always as identity,
      sender text,
      message_id text,
      size bigint,
      queue_id text,
      handled_at timestamptz,
      primary key (account_id, scope_id, email, received_at, id)
    )`.execute(db)

  await sql`
    create index lost_messages_handled on lost_messages (scope_id) where handled_at is not null`.execute(db)

  await sql`
    create table unmatched_recipients (
      scope_id bigint not null references scopes not enforced,
      email text collate "C" not null,
      reason text not null check (reason in ('no_owner', 'other_domain', 'outside_window')),
      lost_count integer,
      first_lost_at timestamptz,
      last_lost_at timestamptz,
      primary key (scope_id, email, reason)
    )`.execute(db)

  await sql`
    create table reports (
      incident_id bigint not null references incidents,
      number integer not null check (number > 0),
      title_ja text not null,
      title_en text not null,
      body_ja text not null,
      body_en text not null,
      published_at timestamptz not null,
      primary key (incident_id, number)
    )`.execute(db)

  await sql`
    create table sessions (
      id_hash bytea primary key,
      account_id bigint not null references accounts,
      password_version integer not null default 0,
      created_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index sessions_by_account on sessions (account_id)`.execute(db)

  await sql`
    create table sign_in_throttle (
      key text primary key,
      failures integer not null,
      blocked_until timestamptz not null,
      expires_at timestamptz not null
    )`.execute(db)
}
