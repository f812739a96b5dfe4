import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { holds } from './superseded.ts'

/**
 * Plans a notice to each affected address of an individual whose contact address did not take it. What did not reach
 * the affected address itself, or a business, has no other mailbox; what a person gave up is theirs; what
 * no longer holds is told to nobody.
 * @returns how many notices that are
 */
export async function fallBack(db: Database, incidentId: string): Promise<number> {
  const { rows } = await sql<{ planned: number }>`
    with lost as (
      select n.* from notices n join accounts a on a.id = n.account_id
      where n.incident_id = ${incidentId} and n.state in ('bounced', 'failed') and n.fallback_of is null
        and not n.given_up and ${holds}
        and a.kind = 'individual'
        and not exists (select from notices f where f.account_id = n.account_id and f.fallback_of = n.id)
    ),
    planned as (
      insert into notices (account_id, incident_id, publication_id, kind, recipient, domain, language, addresses,
        state, fallback_of)
      select l.account_id, l.incident_id, l.publication_id, l.kind, a.email, substring(a.email from '[^@]*$'),
        l.language, 1, 'planned', l.id
      from lost l join notice_addresses a on a.account_id = l.account_id and a.notice_id = l.id
      where a.email <> l.recipient
      on conflict do nothing
      returning account_id, id, recipient, domain, fallback_of
    ),
    listed as (
      insert into notice_addresses (account_id, notice_id, email, affected)
      select p.account_id, p.id, a.email, a.affected from planned p
      join notice_addresses a on a.account_id = p.account_id and a.notice_id = p.fallback_of and a.email = p.recipient
    ),
    domains as (
      insert into notice_domains (domain) select distinct domain from planned on conflict do nothing
    )
    select count(*)::int as planned from planned`.execute(db)
  return rows[0]?.planned ?? 0
}
