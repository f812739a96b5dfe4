import { type Kysely, sql } from 'kysely'

// Notices that tell of a corrected report. They name no address, so the sum of the ledger knows nothing of them.
export async function up(db: Kysely<unknown>) {
  await sql`
    alter table notices
      add column report_id bigint,
      add column revision integer,
      drop constraint notices_kind_check,
      add constraint notices_kind_check check (kind in ('affected', 'correction', 'cleared', 'report')),
      add constraint notices_report_check
        check (case when kind = 'report' then report_id is not null and revision is not null
          else report_id is null and revision is null end),
      drop constraint notices_account_id_publication_id_recipient_key,
      add constraint notices_once
        unique nulls not distinct (account_id, publication_id, recipient, report_id, revision)`.execute(db)
}
