import type { Coverage, ScopeSource, ScopeTotals } from '../database/tables.ts'
import { stampIn } from '../incidents/time.ts'
import { count } from '../terminal/count.ts'
import type { Changes } from './changes.ts'
import type { DomainChanges } from './diff.ts'
import type { LostMailFile } from './files.ts'
import type { DomainTotals, Scope } from './queries.ts'
import type { UnmatchedCount } from './unmatched.ts'

/** @param domains of the affected addresses, where they are to be told */
export function describeTotals(totals: ScopeTotals, domains: DomainTotals[] = []): string[] {
  return [
    `rows: ${count(totals.rows)}`,
    `lost messages: ${countKnown(totals.lost_messages)}`,
    `affected addresses: ${count(totals.affected_addresses)}`,
    ...domains.map(
      ({ domain, addresses, lost_messages }) =>
        `  ${domain}: ${count(addresses)}, lost messages: ${countKnown(lost_messages)}`
    ),
    `apart, owned by nobody: ${count(totals.no_owner)}`,
    `apart, on a domain that the incident does not concern: ${count(totals.other_domain)}`,
    `apart, received outside the window: ${count(totals.outside_window)}`,
    ...(totals.no_word ? [`apart, no word of what became of it: ${count(totals.no_word)}`] : []),
    `twice, counted once: ${count(totals.duplicates)}`
  ]
}

/** The logs that a scope was made from, and what they do not cover, in the incident's zone. */
export function describeCoverage({ gaps, hosts = [] }: Coverage, zone: string): string[] {
  const stamp = stampIn(zone)
  const logs = hosts.map(
    ({ host, first, last, lines }) =>
      `log of ${host}: ${count(lines)} lines, ${stamp(first)} to ${stamp(last)}`
  )
  const missing = gaps.map(({ from, to, host, reason }) => {
    const why = [host, reason].filter(text => text !== undefined).join(': ')
    return `not covered: ${stamp(from)} to ${stamp(to)}${why ? ` (${why})` : ''}`
  })
  return [...logs, ...missing]
}

/** What an operator has to know before anybody may read "not affected"; empty when all logs are told. */
export function describeRisks(files: LostMailFile[], { gaps }: Coverage): string[] {
  const covered = gaps.length === 0
  const untold = files.filter(({ summary }) => !summary).map(({ file }) => file)
  const unnamed = files.reduce((sum, { summary }) => sum + (summary?.unnamed ?? 0), 0)
  const lines: string[] = []
  if (untold.length > 0) {
    const [say, were] = untold.length === 1 ? ['says', 'it was'] : ['say', 'they were']
    const risk = covered
      ? 'all addresses without losses will read “not affected”'
      : 'there may be more gaps than these'
    lines.push(
      `${untold.join(', ')} ${say} nothing of the logs ${were} made from: ${risk}; tell gaps with --gap.`
    )
  }
  if (unnamed > 0)
    lines.push(
      `The logs name nobody for ${count(unnamed)} more recipients of lost mail` +
        (covered ? ': they will read “not affected” unless a gap is told with --gap.' : '.')
    )
  const pending = files.reduce((sum, { summary }) => sum + (summary?.pending ?? 0), 0)
  if (pending > 0)
    lines.push(
      `The mail of ${count(pending)} recipients still waited when the logs ended, and counts as not lost. ` +
        'Scan again when the logs go on for longer, and load that as the next version.'
    )
  return lines
}

export function describeSource({ file, sha256, rows, summary }: ScopeSource): string {
  return `${file}: ${count(rows)} rows, ${summary ? '' : 'logs not told, '}sha256 ${sha256}`
}

/** Whose verdict changes; empty when nobody's does. */
export function describeChanges({ counts, others }: Changes): string[] {
  const lines = counts.map(
    ({ from_verdict, to_verdict, addresses }) => `${arrow(from_verdict, to_verdict)}: ${count(addresses)}`
  )
  const all = `all other addresses: ${arrow(others.from, others.to)}`
  return others.from === others.to ? lines : [...lines, all]
}

function arrow(from: string, to: string): string {
  return `${from} → ${to}`.replaceAll('_', ' ')
}

/** What two scopes say as a whole, side by side. */
export function describeFigures(from: Scope, to: Scope): string[] {
  const figures = ({ totals, coverage }: Scope) => ({
    'gaps in the coverage': count(coverage.gaps.length),
    'lost messages': countKnown(totals.lost_messages),
    'affected addresses': count(totals.affected_addresses)
  })
  const after = Object.values(figures(to))
  return Object.entries(figures(from)).map(([what, before], at) => `${what}: ${before} → ${after[at]}`)
}

export function describeDomain({ domain, added, removed, changed, moved }: DomainChanges): string {
  const told = { added, removed, 'with other counts or times': changed, 'of another owner': moved }
  const parts = Object.entries(told).filter(([, number]) => number > 0)
  return `${domain}: ${parts.map(([what, number]) => `${count(number)} ${what}`).join(', ')}`
}

const reasons: Record<UnmatchedCount['reason'], string> = {
  no_owner: 'owned by nobody',
  extension: 'owned by nobody, but it is an address of a member with an extension (+…)',
  owned_now: 'owned by nobody when it was loaded, but now; loading the same files again matches it',
  other_domain: 'on a domain that the incident does not concern',
  outside_window: 'received outside the window',
  no_word: 'no word in the logs of what became of it; its owner reads "being checked"'
}

export function describeUnmatched({ reason, domain, recipients }: UnmatchedCount): string {
  return domain === null ? `${reasons[reason]}: ${count(recipients)}` : `  ${domain}: ${count(recipients)}`
}

function countKnown(number: number | null): string {
  return number === null ? 'unknown' : count(number)
}
