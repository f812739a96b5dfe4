import { type Kysely, sql } from 'kysely'

// Staff, what they may see of members, and the record of what everybody did.
export async function up(db: Kysely<unknown>) {
  await staff(db)
  await audit(db)
  await lookUps(db)
  await members(db)
  await desk(db)
}

async function staff(db: Kysely<unknown>) {
  await sql`
    create table staff (
      id bigint generated always as identity primary key,
      login_id text collate "C" not null unique,
      name text not null,
      role text not null check (role in ('support', 'operator', 'admin')),
      -- Of the company's own login, as issuer and subject; such staff have no password here.
      subject text collate "C" unique,
      password_hash text,
      -- Sealed with the portal's secret.
      totp_secret text,
      totp_confirmed_at timestamptz,
      totp_last_step bigint not null default 0,
      enrolment_hash bytea,
      enrolment_expires_at timestamptz,
      version integer not null default 0,
      created_at timestamptz not null default now(),
      created_by text not null,
      disabled_at timestamptz
    )`.execute(db)

  await sql`
    create table recovery_codes (
      staff_id bigint not null references staff,
      code_hash bytea not null,
      used_at timestamptz,
      primary key (staff_id, code_hash)
    )`.execute(db)

  // Apart from the members' sessions: no cookie of the one is ever looked up in the other.
  await sql`
    create table staff_sessions (
      id_hash bytea primary key,
      staff_id bigint not null references staff,
      version integer not null,
      created_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      confirmed_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index staff_sessions_by_staff on staff_sessions (staff_id)`.execute(db)
}

async function audit(db: Kysely<unknown>) {
  await sql`
    create table audit_events (
      id bigint primary key,
      at timestamptz not null,
      actor_kind text not null check (actor_kind in ('member', 'staff', 'command', 'nobody')),
      actor_id bigint,
      actor text not null,
      action text not null,
      account_id bigint,
      incident_id bigint,
      details jsonb not null default '{}',
      hash bytea not null
    )`.execute(db)
  await sql`create index audit_events_by_account on audit_events (account_id, id) where account_id is not null`.execute(
    db
  )
  await sql`create index audit_events_by_action on audit_events (action, id)`.execute(db)
  await sql`create index audit_events_by_actor on audit_events (actor_kind, actor, id)`.execute(db)

  // How many events there are and the hash of the last one: the end of the chain shows when it is cut off.
  await sql`
    create table audit_head (
      one boolean primary key default true check (one),
      events bigint not null,
      hash bytea not null
    )`.execute(db)
  await sql`insert into audit_head (events, hash) values (0, '\\x')`.execute(db)

  // What a hash is made of, after the hash before it. Times in microseconds since 1970, whatever the server's zone.
  await sql`
    create function audit_text(e audit_events) returns text language sql stable as $$
      select jsonb_build_array(e.id, (extract(epoch from e.at) * 1000000)::bigint, e.actor_kind, e.actor_id,
        e.actor, e.action, e.account_id, e.incident_id, e.details)::text
    $$`.execute(db)

  // As the owner of the tables: the web process can add events, and touch neither them nor the head. The head's
  // row is locked until the end of the transaction, so that the numbers have no holes.
  await sql`
    create function chain_audit_event() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
    declare head audit_head;
    begin
      select * into head from audit_head for update;
      new.id := head.events + 1;
      new.at := clock_timestamp();
      new.hash := sha256(head.hash || convert_to(audit_text(new), 'UTF8'));
      update audit_head set events = new.id, hash = new.hash;
      return new;
    end $$`.execute(db)
  await sql`
    create trigger chain before insert on audit_events for each row execute function chain_audit_event()
  `.execute(db)

  // For the owner too, who could only do it on purpose.
  await sql`
    create function refuse_audit_change() returns trigger language plpgsql as $$
    begin
      raise exception 'audit events are never changed or removed';
    end $$`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on audit_events
    for each statement execute function refuse_audit_change()`.execute(db)
}

async function lookUps(db: Kysely<unknown>) {
  await sql`
    create table look_ups (
      account_id bigint not null references accounts,
      id bigint generated always as identity,
      staff_id bigint not null references staff,
      at timestamptz not null default now(),
      reason text not null check (reason in ('call', 'mail', 'claim', 'investigation')),
      ticket text not null,
      rows_by text check (rows_by in ('consent', 'break_glass')),
      rows_at timestamptz,
      disputed_at timestamptz,
      primary key (account_id, id)
    )`.execute(db)
  await sql`create index look_ups_by_staff on look_ups (staff_id, at)`.execute(db)

  await sql`
    create table consents (
      account_id bigint not null references accounts,
      id bigint generated always as identity,
      code_hash bytea not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      attempts integer not null default 0,
      used_at timestamptz,
      look_up_id bigint,
      primary key (account_id, id)
    )`.execute(db)

  await sql`
    create table break_glass_requests (
      account_id bigint not null references accounts,
      look_up_id bigint not null,
      reason text not null,
      requested_at timestamptz not null default now(),
      decided_at timestamptz,
      decided_by bigint references staff,
      approved boolean,
      primary key (account_id, look_up_id),
      foreign key (account_id, look_up_id) references look_ups
    )`.execute(db)

  await sql`
    create table support_notes (
      account_id bigint not null references accounts,
      id bigint generated always as identity,
      staff_id bigint not null references staff,
      at timestamptz not null default now(),
      text text not null,
      primary key (account_id, id)
    )`.execute(db)
}

async function members(db: Kysely<unknown>) {
  // What a member misses, though the verdict of the address does not say so.
  await sql`
    create table lost_mail_claims (
      account_id bigint not null references accounts,
      id bigint generated always as identity,
      incident_id bigint not null references incidents,
      email text collate "C" not null,
      expected_at timestamptz not null,
      sender text not null,
      created_at timestamptz not null default now(),
      primary key (account_id, id)
    )`.execute(db)
  await sql`create index lost_mail_claims_by_incident on lost_mail_claims (incident_id, expected_at)`.execute(
    db
  )

  await sql`
    create table seen_verdicts (
      account_id bigint not null references accounts not enforced,
      scope_id bigint not null references scopes not enforced,
      seen_at timestamptz not null default now(),
      primary key (account_id, scope_id)
    )`.execute(db)
  await sql`create index seen_verdicts_by_scope on seen_verdicts (scope_id, seen_at)`.execute(db)
}

async function desk(db: Kysely<unknown>) {
  await sql`alter table scopes add column proposed_at timestamptz, add column proposed_by text`.execute(db)

  // Lost messages by five minutes, counted at the load: of ten million it would take a page too long.
  await sql`
    create table scope_intervals (
      scope_id bigint not null references scopes,
      at timestamptz not null,
      lost_messages integer not null,
      primary key (scope_id, at)
    )`.execute(db)

  // What happened in each minute, of all processes: logins, refusals, errors.
  await sql`
    create table activity (
      minute timestamptz not null,
      what text not null,
      count integer not null,
      primary key (minute, what)
    )`.execute(db)
}
