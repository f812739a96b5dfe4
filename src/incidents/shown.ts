import type { CoverageGap } from '../database/tables.ts'

/** A published incident with the scope that its verdicts are bound to, `null` before there is one. */
export type ShownIncident = {
  slug: string
  title: { ja: string; en: string }
  startsAt: Date
  endsAt: Date
  zone: string
  /** `gaps` are the first of the coverage, and `moreGaps` how many follow. */
  scope: { id: string; version: number; publishedAt: Date; gaps: CoverageGap[]; moreGaps: number } | null
}

/** Of many hosts with many holes in their logs; a page need not grow with them. */
const shownGaps = 20

/** What a statement selects of an incident `i` and its published scope `s` for `toShown`. */
export const shownColumns = `i.slug, i.title_ja, i.title_en, i.starts_at, i.ends_at, i.zone,
    s.id as scope_id, s.version, s.published_at,
    case when jsonb_typeof(s.coverage -> 'gaps') = 'array'
      then jsonb_path_query_array(s.coverage, '$.gaps[0 to ${shownGaps - 1}]') end as gaps,
    case when jsonb_typeof(s.coverage -> 'gaps') = 'array'
      then greatest(jsonb_array_length(s.coverage -> 'gaps') - ${shownGaps}, 0) end as more_gaps`

export type ShownRow = {
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
  more_gaps: number
}

export function toShown(row: ShownRow): ShownIncident {
  const { slug, zone, version, gaps, scope_id: id } = row
  return {
    ...{ slug, title: { ja: row.title_ja, en: row.title_en } },
    ...{ startsAt: row.starts_at, endsAt: row.ends_at, zone },
    scope: id === null ? null : { id, version, publishedAt: row.published_at, gaps, moreGaps: row.more_gaps }
  }
}
