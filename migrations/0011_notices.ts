import { type Kysely, sql } from 'kysely'

// The ledger: one row for each e-mail to one mailbox that tells an account its verdict.
export async function up(db: Kysely<unknown>) {
  await sql`
    create table notices (
      account_id bigint not null references accounts not enforced,
      id bigint generated always as identity,
      incident_id bigint not null references incidents not enforced,
      publication_id bigint not null references publications not enforced,
      kind text not null check (kind in ('affected', 'correction', 'cleared')),
      -- None for who cannot be reached by mail.
      recipient text collate "C",
      domain text collate "C",
      language text not null,
      -- Local part of the Message-ID, and what is added to the return path: nobody can guess it.
      token uuid not null default gen_random_uuid() unique,
      addresses integer not null,
      state text not null check (state in ('planned', 'claimed', 'sending', 'accepted', 'unknown', 'bounced',
        'failed', 'unreachable', 'cancelled')),
      attempts integer not null default 0,
      due_at timestamptz not null default now(),
      claimed_by text,
      claimed_at timestamptz,
      ended_at timestamptz,
      response text,
      -- The notice to another mailbox that bounced.
      fallback_of bigint,
      primary key (account_id, id),
      unique nulls not distinct (account_id, publication_id, recipient)
    )`.execute(db)
  await sql`create index notices_due on notices (incident_id, domain, due_at, id) where state = 'planned'`.execute(
    db
  )
  await sql`create index notices_open on notices (claimed_at) where state in ('claimed', 'sending')`.execute(
    db
  )
  await sql`create index notices_by_state on notices (incident_id, state, ended_at)`.execute(db)

  // What a notice tells of which addresses.
  await sql`
    create table notice_addresses (
      account_id bigint not null references accounts not enforced,
      notice_id bigint not null,
      email text collate "C" not null,
      affected boolean not null,
      primary key (account_id, notice_id, email)
    )`.execute(db)
  await sql`create index notice_addresses_by_email on notice_addresses (account_id, email, notice_id)`.execute(
    db
  )

  // How the notices of an incident go out, by all workers together. Rates are messages a second.
  await sql`
    create table notice_sendings (
      incident_id bigint primary key references incidents,
      paused boolean not null default true,
      rate double precision not null check (rate > 0),
      domain_rate double precision check (domain_rate > 0),
      deadline timestamptz,
      allowance double precision not null default 0,
      refilled_at timestamptz not null default now()
    )`.execute(db)

  // Of a destination: how many messages may go there now, and until when it is left alone.
  await sql`
    create table notice_domains (
      domain text collate "C" primary key,
      allowance double precision not null default 0,
      refilled_at timestamptz not null default now(),
      failures integer not null default 0,
      not_before timestamptz not null default '-infinity'
    )`.execute(db)
}
