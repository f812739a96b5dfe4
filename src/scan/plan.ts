import type { LogFile } from '../maillog/files.ts'
import { formatOf } from '../maillog/formats.ts'
import { type DatedLog, orderLogs } from '../maillog/order.ts'
import type { JobFile } from './job.ts'

export type Planned = JobFile & {
  /** Whether it is a log of Dovecot alone, which is only joined in. */
  joined: boolean
}

export type Plan = {
  /** Files that share a host, the oldest first. */
  groups: Planned[][]
  /** What the operator should look at. */
  doubts: string[]
}

type Asked = { zone: string; year: number | undefined; host: string | undefined }

/** Puts the files of each host in the order of time, with their years. */
export function planFiles(logs: LogFile[], { zone, year, host }: Asked): Plan {
  const doubts: string[] = []
  const ordered = orderLogs(logs, zone, year)
  const hosts = new Set(ordered.flatMap(group => group.hosts))
  const unnamed = host ?? (hosts.size === 1 ? [...hosts][0] : undefined) ?? 'unknown'
  const groups = ordered.flatMap(group => {
    const files = group.logs.flatMap(planned)
    return [files.filter(({ joined }) => !joined), files.filter(({ joined }) => joined)]
  })
  return { groups: groups.filter(group => group.length > 0), doubts }

  function planned(dated: DatedLog): Planned[] {
    const { name, repeats, from, inOrder } = dated
    if (repeats !== undefined) {
      doubts.push(`${name} is left out: it begins as ${repeats} does`)
      return []
    }
    if (!dated.year.sure)
      doubts.push(`${name}: the year is taken to be ${dated.year.year} (${dated.year.why}); --year decides`)
    // The very same object: what comes through a pipe is known by it.
    const number = logs.findIndex(log => log.name === name)
    const log = logs[number] as LogFile
    const joined = formatOf(log.head).name === 'dovecot'
    const dating = { zone, year: dated.year.year, first: from, inOrder }
    return [{ log, number, start: 0, ...dating, host: log.host ?? unnamed, joined }]
  }
}

/**
 * Puts groups together that have lines of the same host. Logs in which no host is written, and those that are only
 * joined in, stay by themselves.
 * @param hosts those that each file has lines of, with those of the files it was read with
 */
export function joinShared(groups: Planned[][], hosts: Map<number, string[]>) {
  const shared = new Set<string>()
  let joined: { files: Planned[]; names: Set<string> }[] = []
  for (const files of groups) {
    const isApart = files.some(({ log, joined }) => joined || log.host === undefined)
    const names = new Set(isApart ? [] : files.flatMap(({ number }) => hosts.get(number) ?? []))
    const akin = joined.filter(group => !group.names.isDisjointFrom(names))
    for (const group of akin) for (const name of group.names.intersection(names)) shared.add(name)
    const all = [...akin.flatMap(group => group.files), ...files].sort((a, b) => a.first - b.first)
    const union = akin.reduce((union, group) => union.union(group.names), names)
    joined = [...joined.filter(group => !akin.includes(group)), { files: all, names: union }]
  }
  return { joined: joined.map(({ files }) => files), shared: [...shared] }
}
