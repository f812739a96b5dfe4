import type { Statements } from '../database/connect.ts'
import { seenColumn } from '../incidents/seen.ts'
import { type ShownIncident, type ShownRow, shownColumns, toShown } from '../incidents/shown.ts'
import { noticesColumn, type ShownNotice } from '../notices/shown.ts'

/** `lostMessages` is `null` where the scope's source did not tell. */
type Totals = { addresses: number; affected: number; lostMessages: number | null }

export type BusinessIncident = ShownIncident & {
  id: string
  /** Most affected addresses first. */
  domains: (Totals & { domain: string })[]
  totals: Totals & { undetermined: number }
  /** Whether the list has runs of affected addresses to jump over. */
  runs: boolean
  /** The scope that the account is affected by, as long as it has not seen that; else `null`. */
  unseen: string | null
  notices: ShownNotice[]
}

/** Every published incident, or the one of a slug, with the totals of the account: where mail was lost first, then the newest. */
export async function findIncidents(
  statements: Statements,
  accountId: string,
  slug?: string
): Promise<BusinessIncident[]> {
  const values = [accountId, slug ?? null]
  const { rows } = await statements.query<Row>({ name: 'business incidents', text: incidentsQuery, values })
  return rows
    .map(toIncident)
    .sort((one, other) => Number(other.totals.affected > 0) - Number(one.totals.affected > 0))
}

const incidentsQuery = `
  select i.id, ${shownColumns}, ${seenColumn}, ${noticesColumn},
    (select coalesce(json_agg(json_build_object(
        'domain', t.domain, 'addresses', t.addresses, 'affected', coalesce(f.addresses, 0),
        'lostMessages', case when f.addresses > 0 then f.lost_messages else 0 end
      ) order by coalesce(f.addresses, 0) desc, t.addresses desc, t.domain), '[]')
      from address_totals t
      left join affected_totals f
        on f.account_id = t.account_id and f.scope_id = s.id and f.domain = t.domain
      where t.account_id = $1) as domains,
    (select coalesce(sum(t.doubted), 0)::int from affected_totals t
      where t.account_id = $1 and t.scope_id = s.id) as doubted,
    exists (select from affected_runs r where r.account_id = $1 and r.scope_id = s.id) as runs
  from incidents i
  left join scopes s on s.incident_id = i.id and s.state = 'published'
  where i.state <> 'draft' and ($2::text is null or i.slug = $2)
  order by i.starts_at desc`

type Row = ShownRow & {
  id: string
  domains: BusinessIncident['domains']
  doubted: number
  runs: boolean
  seen: boolean
  notices: ShownNotice[]
}

function toIncident(row: Row): BusinessIncident {
  const { id, domains, doubted, runs, seen, notices } = row
  const incident = toShown(row)
  const totals = sumUp(domains)
  const covered = incident.scope?.gaps.length === 0
  const undetermined = covered ? doubted : totals.addresses - totals.affected
  const unseen = totals.affected > 0 && !seen ? row.scope_id : null
  return { ...incident, id, domains, totals: { ...totals, undetermined }, runs, unseen, notices }
}

function sumUp(domains: Totals[]): Totals {
  const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0)
  const messages = domains.map(({ lostMessages }) => lostMessages)
  return {
    addresses: sum(domains.map(({ addresses }) => addresses)),
    affected: sum(domains.map(({ affected }) => affected)),
    lostMessages: messages.includes(null) ? null : sum(messages.map(Number))
  }
}
