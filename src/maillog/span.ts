/** A time span whose lines are missing, in milliseconds since the epoch. */
export type Gap = { from: number; to: number; reason: 'silent' | 'suppressed' | 'cut off' }

/** A silence shorter than this is nobody's fault, in milliseconds. */
const quiet = 5 * 60_000

/** Lines of one log stand out of order by less than this, in milliseconds. */
export const disorder = 15_000

/** From its first line to its last, but for the gaps. */
export type Covered = { first: number; last: number; gaps: Gap[] }

/** What the lines of one file cover. */
export class Span {
  first = Number.NaN
  last = Number.NaN
  readonly gaps: Gap[] = []
  /** Whether lines are missing after the last one. */
  isCutOff = false
  isDamaged = false
  /** How many messages arrived in it. */
  arrivals = 0

  at(time: number) {
    if (Number.isNaN(this.first)) this.first = this.last = time
    if (time < this.last) return
    if (this.isCutOff) this.gaps.push({ from: this.last, to: time, reason: 'cut off' })
    else if (time - this.last >= quiet) this.gaps.push({ from: this.last, to: time, reason: 'silent' })
    this.isCutOff = false
    this.last = time
  }

  suppressed(time: number) {
    const from = Math.max(this.first, time - 30_000)
    if (from < time) this.gaps.push({ from, to: time, reason: 'suppressed' })
  }
}

/**
 * What the files of a host cover; see HostLog.covered.
 * @param lines that all of them have
 */
export function coveredBy(
  all: Span[],
  { lines, silence }: { lines: number; silence: number | undefined }
): Covered {
  const carrying = all.filter(({ arrivals }) => arrivals > 0)
  const spans = (carrying.length > 0 ? carrying : all).toSorted((a, b) => a.first - b.first)
  const first = Math.min(...spans.map(span => span.first))
  const last = Math.max(...spans.map(span => span.last))
  const gaps = [...spans.flatMap(gapsIn), ...between(spans)].sort((a, b) => a.from - b.from)
  const shortest = silence ?? Math.max(quiet, (50 * (last - first)) / Math.max(1, lines))
  return {
    first,
    last,
    gaps: gaps.filter(({ from, to, reason }) => reason !== 'silent' || to - from >= shortest)
  }
}

function gapsIn({ first, last, gaps, isDamaged }: Span): Gap[] {
  return isDamaged ? [{ from: first, to: last, reason: 'cut off' }] : gaps
}

/** The gaps after files, in the order of their first lines. One that broke off would have gone on until the next begins. */
function between(spans: Span[]): Gap[] {
  const gaps: Gap[] = []
  let covering: Span | undefined
  for (const span of spans) {
    if (covering && !covering.isCutOff && span.first - covering.last >= quiet)
      gaps.push({ from: covering.last, to: span.first, reason: 'silent' })
    if (!covering || span.last > covering.last) covering = span
  }
  const end = covering?.last ?? Number.NaN
  for (const span of spans.filter(({ isCutOff }) => isCutOff)) {
    const later = spans.filter(other => other !== span && other.first >= span.last - disorder)
    if (later.length === 0 && end === span.last) continue
    const next = Math.min(end, ...later.map(({ first }) => first))
    gaps.push({ from: span.last, to: Math.max(next, span.last + 1_000), reason: 'cut off' })
  }
  return gaps
}
