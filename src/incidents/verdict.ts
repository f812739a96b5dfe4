import type { CoverageGap } from '../database/tables.ts'

/** What is known about one address under one incident. A field that is missing is not evidence. */
export type Standing = {
  /** The published scope of the incident, `null` when there is none. */
  scope: { version: number; gaps: readonly CoverageGap[] } | null
  /** The address's row in that scope, under the account that owns it, `null` when there is none. */
  affected: object | null
  /** Whether the address is on a domain that the incident concerns. */
  concerned: boolean
  kind: 'provider' | 'virtual'
  /** `unmatched`: the scope has the address apart, for any reason, or under another account. */
  doubt: 'unmatched' | null
}

export type Verdict =
  | { verdict: 'affected' }
  | { verdict: 'not_affected'; reason: 'virtual_domain' | 'other_domain' | 'no_mail_lost' }
  | { verdict: 'undetermined'; reason: 'no_scope' | 'coverage_gap' | 'being_matched' }

/**
 * The one place that decides. "Not affected" needs evidence for every step; whatever is missing or
 * malformed reads "undetermined".
 */
export function decide({ scope, affected, concerned, kind, doubt }: Standing): Verdict {
  if (typeof affected === 'object' && affected !== null) return { verdict: 'affected' }
  if (!isScope(scope)) return { verdict: 'undetermined', reason: 'no_scope' }
  if (!coversAll(scope)) return { verdict: 'undetermined', reason: 'coverage_gap' }
  const onKnownDomain = typeof concerned === 'boolean' && (kind === 'provider' || kind === 'virtual')
  if (affected !== null || doubt !== null || !onKnownDomain)
    return { verdict: 'undetermined', reason: 'being_matched' }
  if (concerned) return { verdict: 'not_affected', reason: 'no_mail_lost' }
  return { verdict: 'not_affected', reason: kind === 'virtual' ? 'virtual_domain' : 'other_domain' }
}

function isScope(scope: Standing['scope']): scope is NonNullable<Standing['scope']> {
  return Number.isInteger(scope?.version)
}

function coversAll({ gaps }: NonNullable<Standing['scope']>): boolean {
  return Array.isArray(gaps) && gaps.length === 0
}
