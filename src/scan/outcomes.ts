import type { Window } from '../maillog/collect.ts'
import type { Group } from '../maillog/groups.ts'
import { classOfKind } from '../maillog/kinds.ts'
import { markBase } from '../maillog/message.ts'
import { count } from '../terminal/count.ts'
import type { JobResult } from './job.ts'
import { lineAt } from './show.ts'

const hour = 3_600_000

type Shown = { window: Window; zone: string; names: string[] }

/**
 * The outcome groups of all hosts, most recipients first, with counts by the hour, an example line, and what
 * changed in the window against the time before it.
 */
export async function describeGroups(
  results: JobResult[],
  { window, zone, names }: Shown
): Promise<string[]> {
  const groups = merge(results.flatMap(result => result.groups))
  const hours = groups.flatMap(group => [...group.hours.keys()])
  const start = Math.min(...hours) * hour
  const lines: string[] = []
  for (const group of groups.sort((a, b) => weightOf(b) - weightOf(a) || b.count - a.count)) {
    const { kind, program, relay, status, dsn, shape, example, count: number } = group
    const mark = changeOf(group, window, start)
    lines.push(`${mark ? `${mark}  ` : ''}${count(number)}  ${kind} (${classOfKind(kind)})`)
    lines.push(`    ${[program, relay && `relay ${relay}`, status, dsn, shape].filter(Boolean).join('  ')}`)
    lines.push(`    ${hoursOf(group, zone)}`)
    const file = Math.floor(example / markBase)
    // What came through a pipe, or was rotated away meanwhile, cannot be shown.
    const line = await lineAt(names[file] ?? '', example - file * markBase).catch(() => undefined)
    if (line !== undefined) lines.push(`    e.g. ${line.slice(0, 240)}`)
  }
  return lines

  /** What may be the loss stands first. */
  function weightOf(group: Group): number {
    return (classOfKind(group.kind) === 'lost' ? 2 : 0) + (changeOf(group, window, start) === 'NEW ' ? 1 : 0)
  }
}

function merge(groups: Group[]): Group[] {
  const merged = new Map<string, Group>()
  for (const group of groups) {
    const { kind, program, relay, status, dsn, shape } = group
    const key = [kind, program, relay, status, dsn, shape].join('\n')
    const known = merged.get(key)
    if (!known) merged.set(key, group)
    else {
      for (const name of ['count', 'inside', 'before'] as const) known[name] += group[name]
      for (const [at, number] of group.hours) known.hours.set(at, (known.hours.get(at) ?? 0) + number)
    }
  }
  return [...merged.values()]
}

/** By the rate in the window against the rate before it. */
function changeOf({ inside, before }: Group, { from, to }: Window, start: number): string {
  if (!(start < from)) return ''
  const [now, then] = [inside / (to - from), before / (from - start)]
  if (before === 0) return inside > 0 ? 'NEW ' : ''
  if (inside === 0) return then * (to - from) >= 10 ? 'GONE' : ''
  if (inside >= 10 && now >= 3 * then) return 'MORE'
  return then * (to - from) >= 10 && now <= then / 3 ? 'LESS' : ''
}

function hoursOf({ hours }: Group, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit'
  })
  const shown = [...hours].sort(([a], [b]) => a - b).slice(-48)
  return shown.map(([at, number]) => `${format.format(at * hour)}h ${count(number)}`).join(' · ')
}
