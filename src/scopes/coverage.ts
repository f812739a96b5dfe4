import type { Coverage, CoverageGap, CoveredHost } from '../database/tables.ts'
import type { Span, Summary } from './summary.ts'

type Gap = Span & { host?: string; reasons: Set<string> }
type HostParts = [host: string, parts: (Summary['hosts'][number] & { looked: Span })[]]

/**
 * Which hosts' logs a scope was made from, and the gaps inside the incident's window: those that are told,
 * those that a scan found, and of each host the time from which no line was read. A host that several
 * scans read is covered where one of them read it; a gap that one of them found stays a gap.
 */
export function coverageOf(
  { starts_at, ends_at }: { starts_at: Date; ends_at: Date },
  told: CoverageGap[],
  summaries: Summary[]
): Coverage {
  const window = { from: starts_at.getTime(), to: ends_at.getTime() }
  const hosts = gatherHosts(summaries)
  const gaps: Gap[] = [
    ...told.map(({ from, to }) => ({
      from: Date.parse(from),
      to: Date.parse(to),
      reasons: new Set<string>()
    })),
    ...summaries.filter(summary => summary.hosts.length === 0).map(() => unread(window)),
    ...hosts.flatMap(([host, parts]) => {
      const found = parts.flatMap(part => part.gaps)
      const known = found.map(({ from, to, reason }) => ({ from, to, reasons: new Set([reason]) }))
      return [...known, ...findUnread(window, parts)].map(gap => ({ ...gap, host }))
    })
  ]
  const inside = gaps
    .filter(({ from, to }) => from < window.to && (from >= window.from || to > window.from))
    .map(gap => ({ ...gap, from: Math.max(gap.from, window.from), to: Math.min(gap.to, window.to) }))
  return { gaps: joinNeighbours(inside).map(toCoverageGap), hosts: hosts.map(toCoveredHost) }
}

function gatherHosts(summaries: Summary[]): HostParts[] {
  const all = summaries.flatMap(({ window, hosts }) => hosts.map(host => ({ ...host, looked: window })))
  return [...Map.groupBy(all, ({ host }) => host)].sort(([one], [other]) => (one < other ? -1 : 1))
}

/** The parts of the window from which no scan read lines of a host, looking for mail lost then. */
function findUnread(window: Span, parts: HostParts[1]): Gap[] {
  const read = parts
    .map(({ read, looked }) => ({ from: Math.max(read.from, looked.from), to: Math.min(read.to, looked.to) }))
    .filter(({ from, to }) => from < to)
    .sort((one, other) => one.from - other.from)
  const gaps: Gap[] = []
  let covered = window.from
  for (const { from, to } of [...read, { from: window.to, to: window.to }]) {
    if (from > covered) gaps.push(unread({ from: covered, to: from }))
    covered = Math.max(covered, to)
  }
  return gaps
}

function unread({ from, to }: Span): Gap {
  return { from, to, reasons: new Set(['no lines']) }
}

const minute = 60_000

/** Makes one of gaps of a host that are less than a minute apart: pages tell them to the minute. */
function joinNeighbours(gaps: Gap[]): Gap[] {
  const joined: Gap[] = []
  const last = new Map<string | undefined, Gap>()
  for (const gap of gaps.toSorted((one, other) => one.from - other.from)) {
    const before = last.get(gap.host)
    if (before && gap.from - before.to < minute) {
      before.to = Math.max(before.to, gap.to)
      before.reasons = before.reasons.union(gap.reasons)
    } else {
      last.set(gap.host, gap)
      joined.push(gap)
    }
  }
  return joined
}

function toCoverageGap({ from, to, host, reasons }: Gap): CoverageGap {
  const reason = [...reasons].sort().join(', ')
  return { ...written({ from, to }), ...(host !== undefined && { host }), ...(reason && { reason }) }
}

function toCoveredHost([host, parts]: HostParts): CoveredHost {
  const first = Math.min(...parts.map(({ read }) => read.from))
  const last = Math.max(...parts.map(({ read }) => read.to))
  const { from, to } = written({ from: first, to: last })
  return { host, first: from, last: to, lines: parts.reduce((sum, { lines }) => sum + lines, 0) }
}

function written({ from, to }: Span) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}
