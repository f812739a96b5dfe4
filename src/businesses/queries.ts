import type pg from 'pg'
import type { CoverageGap } from '../database/tables.ts'

/** `lostMessages` is `null` where the scope's source did not tell. */
type Totals = { addresses: number; affected: number; lostMessages: number | null }

export type BusinessIncident = {
  id: string
  slug: string
  title: { ja: string; en: string }
  startsAt: Date
  endsAt: Date
  zone: string
  scope: { id: string; version: number; publishedAt: Date; gaps: CoverageGap[] } | null
  /** Most affected addresses first. */
  domains: (Totals & { domain: string })[]
  totals: Totals & { undetermined: number }
  /** Whether the list has runs of affected addresses to jump over. */
  runs: boolean
}

/** Every published incident, newest first, or the one of a slug, with the totals of the account. */
export async function findIncidents(
  pool: pg.Pool,
  accountId: string,
  slug?: string
): Promise<BusinessIncident[]> {
  const values = [accountId, slug ?? null]
  const { rows } = await pool.query<Row>({ name: 'business incidents', text: incidentsQuery, values })
  return rows.map(toIncident)
}

const incidentsQuery = `
  select i.id, i.slug, i.title_ja, i.title_en, i.starts_at, i.ends_at, i.zone,
    s.id as scope_id, s.version, s.published_at, s.coverage -> 'gaps' as gaps,
    (select coalesce(json_agg(json_build_object(
        'domain', t.domain, 'addresses', t.addresses, 'affected', coalesce(f.addresses, 0),
        'lostMessages', case when f.addresses is null then 0 else f.lost_messages end
      ) order by coalesce(f.addresses, 0) desc, t.addresses desc, t.domain), '[]')
      from address_totals t
      left join affected_totals f
        on f.account_id = t.account_id and f.scope_id = s.id and f.domain = t.domain
      where t.account_id = $1) as domains,
    (select count(*)::int from doubted_addresses d
      join addresses a on a.account_id = d.account_id and a.email = d.email
      where d.account_id = $1 and d.scope_id = s.id and not exists (
        select from affected_addresses f
        where f.account_id = $1 and f.scope_id = s.id and f.email = d.email)) as doubted,
    exists (select from affected_runs r where r.account_id = $1 and r.scope_id = s.id) as runs
  from incidents i
  left join scopes s on s.incident_id = i.id and s.state = 'published'
  where i.state <> 'draft' and ($2::text is null or i.slug = $2)
  order by i.starts_at desc`

type Row = {
  id: string
  slug: string
  title_ja: string
  title_en: string
  starts_at: Date
  ends_at: Date
  zone: string
  scope_id: string | null
  version: number
  published_at: Date
  gaps: CoverageGap[]
  domains: BusinessIncident['domains']
  doubted: number
  runs: boolean
}

function toIncident(row: Row): BusinessIncident {
  const { id, slug, zone, version, scope_id, domains, runs } = row
  const scope = scope_id && { id: scope_id, version, publishedAt: row.published_at, gaps: row.gaps }
  const totals = sumUp(domains)
  const covered = scope && scope.gaps.length === 0
  const undetermined = covered ? row.doubted : totals.addresses - totals.affected
  return {
    ...{ id, slug, title: { ja: row.title_ja, en: row.title_en } },
    ...{ startsAt: row.starts_at, endsAt: row.ends_at, zone },
    ...{ scope: scope || null, domains, totals: { ...totals, undetermined }, runs }
  }
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
