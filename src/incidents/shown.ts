import type { CoverageGap } from '../database/tables.ts'

/** A published incident with the scope that its verdicts are bound to, `null` before there is one. */
export type ShownIncident = {
  slug: string
  title: { ja: string; en: string }
  startsAt: Date
  endsAt: Date
  zone: string
  scope: { id: string; version: number; publishedAt: Date; gaps: CoverageGap[] } | null
}

/** What a statement selects of an incident `i` and its published scope `s` for `toShown`. */
export const shownColumns = `i.slug, i.title_ja, i.title_en, i.starts_at, i.ends_at, i.zone,
    s.id as scope_id, s.version, s.published_at, s.coverage -> 'gaps' as gaps`

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
}

export function toShown(row: ShownRow): ShownIncident {
  const { slug, zone, version, gaps, scope_id: id } = row
  return {
    ...{ slug, title: { ja: row.title_ja, en: row.title_en } },
    ...{ startsAt: row.starts_at, endsAt: row.ends_at, zone },
    scope: id === null ? null : { id, version, publishedAt: row.published_at, gaps }
  }
}
