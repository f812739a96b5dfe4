import { Clock } from './clock.ts'
import { beginAlike, type LogFile } from './files.ts'
import { prefixOf } from './formats.ts'
import { inferYear, type Year, yearFromEvidence } from './year.ts'

export type DatedLog = LogFile & {
  /** The time of its first line, in milliseconds since the epoch. */
  from: number
  /** The year of that line, for its Clock. */
  year: Year
  /** Another log of the group that begins with the same lines and has all of this one's. */
  repeats: string | undefined
  /** Whether its end is no earlier than its beginning, and of the same hosts; else several were put together into one. */
  inOrder: boolean
}
export type LogGroup = { hosts: string[]; logs: DatedLog[] }

const leapYear = 2000

/**
 * Logs that share a host, each group in the order of time, in whatever order they were given: files
 * rotated away, and those of a server that collects the logs of several hosts. Hosts are those in the
 * first 64 KiB of a log; logs in which no host is written make one group with none.
 * @param year of the first lines, where the operator says it
 */
export function orderLogs(logs: LogFile[], zone: string, year?: number): LogGroup[] {
  let groups: LogGroup[] = []
  for (const log of logs) {
    const hosts = hostsIn(log.head)
    const isAkin = (group: LogGroup) =>
      hosts.length === 0 ? group.hosts.length === 0 : group.hosts.some(host => hosts.includes(host))
    const akin = groups.filter(isAkin)
    const all = [...akin.flatMap(group => group.logs), dateOf(log, zone, year)]
    const joined = { hosts: [...new Set([...akin.flatMap(group => group.hosts), ...hosts])], logs: all }
    groups = [...groups.filter(group => !akin.includes(group)), joined]
  }
  for (const { logs } of groups) {
    logs.sort((a, b) => a.from - b.from || a.mtime.getTime() - b.mtime.getTime())
    for (const log of logs) {
      const longest = longestLike(log, logs)
      if (longest !== log) log.repeats = longest.name
    }
  }
  return groups
}

function hostsIn(head: string): string[] {
  const hosts = head.split('\n').map(line => prefixOf(line)?.host)
  return [...new Set(hosts)].filter(host => host !== undefined)
}

function dateOf(log: LogFile, zone: string, asked: number | undefined): DatedLog {
  const stamp = firstStamp(log.head.split('\n')) ?? ''
  const next = firstStamp(log.tail.split('\n').reverse())
  const told = asked === undefined ? yearFromEvidence(log.head) : undefined
  const year: Year =
    asked !== undefined
      ? { year: asked, sure: true, why: 'it was said' }
      : told === undefined
        ? inferYear({ stamp, next, mtime: log.mtime, zone })
        : { year: told, sure: true, why: 'queue IDs and message-ids in it tell the year' }
  const clock = new Clock(zone, year.year)
  const from = clock.at(stamp)
  const inOrder = !(clock.at(next ?? stamp) < from) && endsAsItBegins(log)
  return { ...log, from, year, repeats: undefined, inOrder }
}

function endsAsItBegins({ head, tail }: LogFile): boolean {
  const [first, last] = [hostsIn(head), hostsIn(tail)]
  return last.length === 0 || last.some(host => first.includes(host))
}

function firstStamp(lines: string[]): string | undefined {
  return lines.map(line => prefixOf(line)?.stamp).find(stamp => stamp !== undefined && isTime(stamp))
}

/** What looks like a stamp may be a day that no calendar has. */
function isTime(stamp: string): boolean {
  return !Number.isNaN(new Clock('UTC', leapYear).at(stamp))
}

/** Of logs that begin alike the longest has all; of equal ones the first. */
function longestLike(log: DatedLog, logs: DatedLog[]): DatedLog {
  const length = (log: DatedLog) => log.length ?? Number.POSITIVE_INFINITY
  return logs.filter(other => beginAlike(log, other)).reduce((a, b) => (length(b) > length(a) ? b : a))
}
