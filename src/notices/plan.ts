import { sql } from 'kysely'
import { type Actor, record } from '../audit/record.ts'
import type { AccountKind, DatabaseTransaction, Language, NoticeKind } from '../database/tables.ts'
import { setSending } from './queries.ts'
import { cancelSuperseded } from './superseded.ts'

type PlannedCount = {
  kind: NoticeKind
  account_kind: AccountKind
  language: Language
  domain: string | null
  notices: number
  addresses: number
}

export type Plan = {
  publicationId: string
  /** Of the scope that verdicts are bound to; `null` after the only one was withdrawn. */
  version: number | null
  /** Of an earlier version, not sent yet: they would tell what no longer holds. */
  cancelled: number
  counts: PlannedCount[]
}

/** A plan, with its event in the audit; sending it is not begun. */
export async function planAndRecord(
  tx: DatabaseTransaction,
  incidentId: string,
  actor: Actor
): Promise<Plan | undefined> {
  const planned = await planNotices(tx, incidentId)
  if (!planned) return undefined
  await setSending(tx, incidentId, {})
  const { version, cancelled } = planned
  const details = { version, notices: sum(planned, 'notices'), cancelled }
  await record(tx, { actor, action: 'notices planned', incidentId, details })
  return planned
}

export function sum({ counts }: Plan, what: 'notices' | 'addresses'): number {
  return counts.reduce((all, each) => all + each[what], 0)
}

/**
 * Writes the ledger for the latest publication of an incident: one notice an account and mailbox, for everybody whom
 * no notice has told what holds now. The contact address if there is one, else the affected address; a business
 * without one cannot be reached by mail. Again, it adds nothing.
 * @returns undefined when nothing was published yet
 */
export async function planNotices(tx: DatabaseTransaction, incidentId: string): Promise<Plan | undefined> {
  await sql`set local statement_timeout = 0`.execute(tx)
  await tx.selectFrom('incidents').select('id').where('id', '=', incidentId).forNoKeyUpdate().execute()
  const publication = await tx
    .selectFrom('publications')
    .leftJoin('scopes', 'scopes.id', 'scope_id')
    .select(['publications.id', 'scope_id', 'version'])
    .where('publications.incident_id', '=', incidentId)
    .orderBy('publications.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!publication) return undefined
  const cancelled = await cancelSuperseded(tx, incidentId)
  await gather(tx, incidentId, publication.scope_id)
  await insertNotices(tx, incidentId, publication.id)
  return {
    publicationId: publication.id,
    version: publication.version,
    cancelled,
    counts: await countPlanned(tx)
  }
}

/** Into `notice_plan`: one row an address that a new notice tells of, with the mailbox it goes to. */
async function gather(tx: DatabaseTransaction, incidentId: string, scopeId: string | null) {
  await sql`
    create temp table told on commit drop as
    select distinct on (account_id, email) account_id, email, affected
    from notices n join notice_addresses a using (account_id)
    where n.incident_id = ${incidentId} and a.notice_id = n.id and n.state <> 'cancelled'
    order by account_id, email, n.id desc`.execute(tx)
  await sql`create index on told (account_id, email)`.execute(tx)
  await sql`analyze told`.execute(tx)
  await sql`
    create temp table notice_plan on commit drop as
    with changed as (
      select account_id, email, true as affected from affected_addresses f
      where scope_id = ${scopeId}
        and not exists (select from told t where t.account_id = f.account_id and t.email = f.email and t.affected)
      union all
      select account_id, email, false from told t
      where affected and not exists (select from affected_addresses f
        where f.scope_id = ${scopeId} and f.account_id = t.account_id and f.email = t.email)
    ),
    accounts_changed as (
      select a.id, a.kind, a.language, a.contact_email,
        exists (select from told t where t.account_id = a.id) as told
      from accounts a where a.id in (select account_id from changed)
    )
    -- To the mailbox of the account: all its affected addresses, and those that are so no longer.
    select a.id as account_id, a.kind as account_kind, a.language, a.contact_email as recipient, a.told, f.email,
      true as affected
    from accounts_changed a
    join affected_addresses f on f.account_id = a.id and f.scope_id = ${scopeId}
    where a.contact_email is not null or a.kind = 'business'
    union all
    select a.id, a.kind, a.language, a.contact_email, a.told, c.email, false
    from accounts_changed a join changed c on c.account_id = a.id and not c.affected
    where a.contact_email is not null or a.kind = 'business'
    union all
    -- To the address itself, of that address alone.
    select a.id, a.kind, a.language, c.email,
      exists (select from told t where t.account_id = a.id and t.email = c.email), c.email, c.affected
    from accounts_changed a join changed c on c.account_id = a.id
    where a.contact_email is null and a.kind = 'individual'`.execute(tx)
  await sql`analyze notice_plan`.execute(tx)
}

async function insertNotices(tx: DatabaseTransaction, incidentId: string, publicationId: string) {
  await sql`
    create temp table new_notices on commit drop as
    with units as (
      select account_id, account_kind, language, recipient, bool_or(told) as told, bool_or(affected) as affected,
        count(*)::int as addresses
      from notice_plan group by account_id, account_kind, language, recipient
    ),
    inserted as (
      insert into notices
        (account_id, incident_id, publication_id, kind, recipient, domain, language, addresses, state)
      select account_id, ${incidentId}, ${publicationId},
        case when not affected then 'cleared' when told then 'correction' else 'affected' end,
        recipient, substring(recipient from '[^@]*$'), language, addresses,
        case when recipient is null then 'unreachable' else 'planned' end
      from units order by account_id
      on conflict do nothing
      returning account_id, id, kind, recipient, domain, language, addresses
    )
    select i.*, u.account_kind from inserted i
    join units u on u.account_id = i.account_id and u.recipient is not distinct from i.recipient`.execute(tx)
  await sql`
    insert into notice_addresses (account_id, notice_id, email, affected)
    select p.account_id, n.id, p.email, p.affected
    from new_notices n
    join notice_plan p on p.account_id = n.account_id and p.recipient is not distinct from n.recipient
    order by 1, 2, 3`.execute(tx)
  await sql`
    insert into notice_domains (domain) select distinct domain from new_notices where domain is not null
    on conflict do nothing`.execute(tx)
  await sql`analyze notices, notice_addresses`.execute(tx)
}

async function countPlanned(tx: DatabaseTransaction): Promise<PlannedCount[]> {
  const { rows } = await sql<PlannedCount>`
    select kind, account_kind, language, domain, count(*)::int as notices, sum(addresses)::int as addresses
    from new_notices group by kind, account_kind, language, domain
    order by notices desc, kind, account_kind, language, domain`.execute(tx)
  return rows
}
