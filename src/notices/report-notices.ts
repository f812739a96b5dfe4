import { sql } from 'kysely'
import { type Actor, record } from '../audit/record.ts'
import type { AccountKind, Database, DatabaseTransaction, Language, NoticeState } from '../database/tables.ts'
import { type Claimed, describeNotices } from './claim.ts'
import { setSending } from './queries.ts'
import { undone } from './samples.ts'

/** A text of a report that took the place of an earlier one. */
export type Corrected = { incidentId: string; reportId: string; number: number; revision: number }

type Counted = { account_kind: AccountKind; language: Language; reachable: boolean; notices: number }

export type ReportPlan = { counts: Counted[]; samples: Claimed[] }

/** Who would be told of a correction, with one sample of each kind and language; nothing of it stays. */
export function foreseeReportNotices(db: Database, corrected: Corrected): Promise<ReportPlan> {
  return undone(db, async tx => {
    await insertNotices(tx, corrected)
    return { counts: await count(tx), samples: await pickSamples(tx, corrected.incidentId) }
  })
}

/** Decides, once, whether those concerned are told of a correction. @returns false when that was decided before */
export async function decideNotices(
  tx: DatabaseTransaction,
  corrected: Corrected,
  { actor, notify }: { actor: Actor; notify: boolean }
): Promise<boolean> {
  const { incidentId, reportId, number, revision } = corrected
  await sql`set local statement_timeout = 0`.execute(tx)
  await tx.selectFrom('incidents').select('id').where('id', '=', incidentId).forNoKeyUpdate().execute()
  const { numUpdatedRows } = await tx
    .updateTable('report_revisions')
    .set({ notify, notify_by: 'name' in actor ? actor.name : '' })
    .where('report_id', '=', reportId)
    .where('revision', '=', revision)
    .where('notify', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  const notices = notify ? await plan(tx, corrected) : 0
  const action = notify ? 'report notices planned' : 'report notices declined'
  await record(tx, { actor, incidentId, action, details: { number, revision, notices } })
  return true
}

/** What is still to be sent of an earlier correction would tell what is corrected again. */
async function plan(tx: DatabaseTransaction, corrected: Corrected): Promise<number> {
  await tx
    .updateTable('notices')
    .set({ state: 'cancelled', response: 'superseded', ended_at: sql`now()` })
    .where('report_id', '=', corrected.reportId)
    .where('revision', '<', corrected.revision)
    .where('state', '=', 'planned')
    .execute()
  await insertNotices(tx, corrected)
  await setSending(tx, corrected.incidentId, {})
  return sum(await count(tx))
}

export function sum(counts: Counted[]): number {
  return counts.reduce((all, { notices }) => all + notices, 0)
}

/** One an account that has an affected address, to its contact address, else to the first of those addresses. */
async function insertNotices(tx: DatabaseTransaction, { incidentId, reportId, revision }: Corrected) {
  await sql`
    create temp table report_notices on commit drop as
    with concerned as (
      select account_id, min(email) as email, count(*)::int as addresses
      from affected_addresses f join scopes s on s.id = f.scope_id
      where s.incident_id = ${incidentId} and s.state = 'published' group by account_id
    ),
    told as (
      select a.id as account_id, a.kind as account_kind, a.language, c.addresses,
        coalesce(a.contact_email, case a.kind when 'individual' then c.email end) as recipient
      from concerned c join accounts a on a.id = c.account_id
    ),
    inserted as (
      insert into notices (account_id, incident_id, publication_id, kind, recipient, domain, language, addresses,
        state, report_id, revision)
      select account_id, ${incidentId},
        (select max(id) from publications where incident_id = ${incidentId}), 'report', recipient,
        substring(recipient from '[^@]*$'), language, addresses,
        case when recipient is null then 'unreachable' else 'planned' end, ${reportId}, ${revision}::int
      from told order by account_id
      on conflict do nothing
      returning account_id, id, recipient, domain, language
    )
    select i.*, t.account_kind from inserted i join told t using (account_id)`.execute(tx)
  await sql`
    insert into notice_domains (domain) select distinct domain from report_notices where domain is not null
    on conflict do nothing`.execute(tx)
}

async function count(tx: DatabaseTransaction): Promise<Counted[]> {
  const { rows } = await sql<Counted>`
    select account_kind, language, recipient is not null as reachable, count(*)::int as notices
    from report_notices group by 1, 2, 3 order by 1, 2, 3 desc`.execute(tx)
  return rows
}

async function pickSamples(tx: DatabaseTransaction, incidentId: string): Promise<Claimed[]> {
  const { rows } = await sql<{ account_id: string; id: string }>`
    select distinct on (account_kind, language) account_id, id from report_notices
    where recipient is not null order by account_kind, language, account_id`.execute(tx)
  return describeNotices(tx, incidentId, rows)
}

export type ReportCount = { number: number; revision: number; state: NoticeState; notices: number }

/** Notices of corrected reports, apart from the ledger: they tell no verdict. */
export async function countReportNotices(db: Database, incidentId: string): Promise<ReportCount[]> {
  const { rows } = await sql<ReportCount>`
    select d.number, n.revision, case n.state when 'claimed' then 'sending' else n.state end as state,
      count(*)::int as notices
    from notices n join report_drafts d on d.id = n.report_id
    where n.incident_id = ${incidentId} and n.kind = 'report'
    group by 1, 2, 3 order by 1, 2, 3`.execute(db)
  return rows
}
