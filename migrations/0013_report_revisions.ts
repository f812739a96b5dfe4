import { type Kysely, sql } from 'kysely'

// A report is written, agreed on by two and published; every text that was published is kept. What everybody may read
// is the view `reports` alone, by time: nothing has to happen at the moment when a scheduled report is due. Processes
// of the version before go on reading it.
export async function up(db: Kysely<unknown>) {
  await sql`alter table reports rename to report_drafts`.execute(db)
  await sql`
    alter table report_drafts
      add column id bigint generated always as identity,
      -- Why a published text is corrected; visitors read it.
      add column reason_ja text not null default '',
      add column reason_en text not null default '',
      -- Grows with each change of the text, so that nobody writes over what somebody else wrote meanwhile.
      add column version integer not null default 1,
      add column changed_at timestamptz not null default now(),
      add column changed_by text not null default '',
      -- A proposal is good for one version of the text; none for when is at once.
      add column proposed_version integer,
      add column proposed_for timestamptz,
      add column proposed_at timestamptz,
      add column proposed_by text`.execute(db)

  await sql`
    create table report_revisions (
      report_id bigint not null,
      revision integer not null check (revision > 0),
      title_ja text not null,
      title_en text not null,
      body_ja text not null,
      body_en text not null,
      reason_ja text not null,
      reason_en text not null,
      -- From then on everybody reads it; of a scheduled report that is in the future.
      published_at timestamptz not null,
      proposed_by text,
      approved_by text not null,
      -- Whether those concerned are told of the correction, once somebody has decided.
      notify boolean,
      notify_by text,
      primary key (report_id, revision)
    )`.execute(db)
  await sql`
    insert into report_revisions
      (report_id, revision, title_ja, title_en, body_ja, body_en, reason_ja, reason_en, published_at, approved_by)
    select id, 1, title_ja, title_en, body_ja, body_en, '', '', published_at, 'mypage' from report_drafts`.execute(
    db
  )

  await sql`
    alter table report_drafts
      drop constraint reports_pkey,
      add constraint report_drafts_pkey primary key (id),
      drop column published_at`.execute(db)
  await sql`
    alter table report_drafts
      alter column number drop not null,
      add constraint report_drafts_numbers unique (incident_id, number),
      add constraint report_drafts_incident foreign key (incident_id) references incidents`.execute(db)
  await sql`
    alter table report_revisions
      add constraint report_revisions_report foreign key (report_id) references report_drafts`.execute(db)

  // What was published stays as it was; only a text that nobody can have read yet may be taken back.
  await sql`
    create function keep_report_revision() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and old.published_at > now() then return old; end if;
      if tg_op = 'UPDATE' and old.notify is null
        and to_jsonb(old) - '{notify,notify_by}'::text[] = to_jsonb(new) - '{notify,notify_by}'::text[]
        then return new; end if;
      raise exception 'the texts of published reports are never changed or removed';
    end $$`.execute(db)
  await sql`
    create trigger append_only before update or delete on report_revisions
    for each row execute function keep_report_revision()`.execute(db)
  await sql`
    create trigger append_only_all before truncate on report_revisions
    for each statement execute function keep_report_revision()`.execute(db)

  await sql`
    create view reports as
    select d.id, d.incident_id, d.number, shown.title_ja, shown.title_en, shown.body_ja, shown.body_en,
      first.published_at, shown.revision
    from report_drafts d
    join report_revisions first on first.report_id = d.id and first.revision = 1
    join lateral (
      select * from report_revisions r where r.report_id = d.id and r.published_at <= now()
      order by r.revision desc limit 1
    ) shown on true`.execute(db)

  // What is said to be unaffected may stand in a report, so its former wordings belong to the report's history.
  await sql`
    create table incident_wordings (
      incident_id bigint not null references incidents,
      id bigint generated always as identity,
      at timestamptz not null default now(),
      unaffected_ja text not null,
      unaffected_en text not null,
      primary key (incident_id, id)
    )`.execute(db)
  await sql`
    insert into incident_wordings (incident_id, at, unaffected_ja, unaffected_en)
    select id, '-infinity', unaffected_ja, unaffected_en from incidents`.execute(db)
  await sql`
    create function keep_incident_wording() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
    begin
      insert into incident_wordings (incident_id, unaffected_ja, unaffected_en)
      values (new.id, new.unaffected_ja, new.unaffected_en);
      return null;
    end $$`.execute(db)
  await sql`
    create trigger keep_wording after insert or update of unaffected_ja, unaffected_en on incidents
    for each row execute function keep_incident_wording()`.execute(db)
}
