import type { Statements } from '../database/connect.ts'
import { seenColumn } from '../incidents/seen.ts'
import { type ShownIncident, type ShownRow, shownColumns, toShown } from '../incidents/shown.ts'
import { decide, type Standing, type Verdict } from '../incidents/verdict.ts'
import { noticesColumn, type ShownNotice } from '../notices/shown.ts'

type AddressVerdict = Verdict & Facts

type Facts = {
  id: string
  email: string
  /** `null` where the scope's source did not tell: counts and times may be unknown for an affected address. */
  lostCount: number | null
  firstLostAt: string | null
  lastLostAt: string | null
}

export type IncidentVerdicts = ShownIncident & {
  addresses: AddressVerdict[]
  /** The scope that the account is affected by, as long as it has not seen that; else `null`. */
  unseen: string | null
  notices: ShownNotice[]
}

/** Every published incident with the verdict of each address of the account: where mail was lost first, then the newest. */
export async function findVerdicts(statements: Statements, accountId: string): Promise<IncidentVerdicts[]> {
  const { rows } = await statements.query<Row>({ name: 'verdicts', text: verdictsQuery, values: [accountId] })
  return rows.map(toVerdicts).sort((one, other) => Number(isAffected(other)) - Number(isAffected(one)))
}

// One named statement: it is parsed and planned once a connection, and answered in one round trip.
const verdictsQuery = `
  select ${shownColumns}, ${seenColumn}, ${noticesColumn},
    (select coalesce(json_agg(json_build_object(
        'id', a.id::text, 'email', a.email, 'kind', d.kind,
        'concerned', exists (select from incident_domains c where c.incident_id = i.id and c.domain = a.domain),
        'affected', f.email is not null,
        'doubt', exists (select from unmatched_recipients u where u.scope_id = s.id and u.email = a.email)
          or exists (select from affected_addresses o
            where o.scope_id = s.id and o.email = a.email and o.account_id <> a.account_id),
        'lostCount', f.lost_count, 'firstLostAt', f.first_lost_at, 'lastLostAt', f.last_lost_at
      ) order by f.email is null, a.email), '[]')
      from addresses a
      left join domains d on d.name = a.domain
      left join affected_addresses f
        on f.account_id = a.account_id and f.scope_id = s.id and f.email = a.email
      where a.account_id = $1) as addresses
  from incidents i
  left join scopes s on s.incident_id = i.id and s.state = 'published'
  where i.state <> 'draft'
  order by i.starts_at desc`

type Row = ShownRow & {
  seen: boolean
  notices: ShownNotice[]
  addresses: (Facts & { kind: Standing['kind']; concerned: boolean; affected: boolean; doubt: boolean })[]
}

function toVerdicts(row: Row): IncidentVerdicts {
  const incident = toShown(row)
  const addresses = row.addresses.map(({ kind, concerned, affected, doubt, ...facts }) => ({
    ...facts,
    ...decide({
      scope: incident.scope,
      affected: affected ? facts : null,
      concerned,
      kind,
      doubt: doubt ? 'unmatched' : null
    })
  }))
  const unseen = isAffected({ addresses }) && !row.seen ? row.scope_id : null
  return { ...incident, addresses, unseen, notices: row.notices }
}

function isAffected({ addresses }: Pick<IncidentVerdicts, 'addresses'>): boolean {
  return addresses.some(({ verdict }) => verdict === 'affected')
}
