import { hostname } from 'node:os'
import { Clock } from '../maillog/clock.ts'
import { beginAlike, findLogs } from '../maillog/files.ts'
import { prefixOf } from '../maillog/formats.ts'
import type { HostLog } from '../maillog/host.ts'
import { sameFile } from '../maillog/look.ts'
import { LogReader } from '../maillog/reader.ts'
import { inferYear, yearFromEvidence } from '../maillog/year.ts'
import { enter } from '../scan/entry.ts'
import { type Planned, planFiles } from '../scan/plan.ts'
import { Failure } from '../terminal/failure.ts'
import { isFile, isRotated, liveFiles, rotatedOf } from './names.ts'
import { Source, WatchClock } from './source.ts'

export type Asked = {
  names: string[]
  zone: string
  host: string | undefined
  year: number | undefined
  newHost: (name: string) => HostLog
  /** Where to begin, in milliseconds since the epoch, with the logs' last line known. */
  startOf: (last: number) => number
  /** Grows with every file that is begun: its place is the number that marks have. */
  files: string[]
  /** Grows with the logs that say what another one says: their mail would count twice. */
  leftOut: Set<string>
}

/**
 * The logs behind names of files, folders and patterns, each with what was rotated away from it.
 * @throws Failure when there is none
 */
export async function findSources(asked: Asked): Promise<{ sources: Source[]; doubts: string[] }> {
  const { live, doubts: notLive } = await liveFiles(asked.names)
  if (live.length === 0) throw new Failure(['There is no log to watch.', ...notLive].join(' '))
  const rotated = await Promise.all(live.map(rotatedOf))
  const there = (await Promise.all(live.map(async name => ((await isFile(name)) ? [name] : [])))).flat()
  const { logs, skipped } = await findLogs([...there, ...rotated.flat()])
  const { groups, doubts } = planFiles(logs, asked)
  const planned = groups.flat().sort((a, b) => a.first - b.first)
  const last = Math.min(Date.now(), Math.max(...planned.map(endOf)))
  for (const { name, reason } of skipped) if (reason === sameFile) asked.leftOut.add(name)
  const followed = planned.filter(({ log }) => live.includes(log.name))
  for (const log of logs)
    if (!planned.some(one => one.log === log) && followed.some(other => beginAlike(log, other.log)))
      asked.leftOut.add(log.name)
  const sources = live
    .filter(name => !asked.leftOut.has(name))
    .map(async name => {
      const own = planned.filter(({ log }) => log.name === name || isRotated(log.name, name))
      const files = await enter(own, asked.startOf(last))
      return sourceOf(asked, name, files)
    })
  const left = skipped.filter(({ reason }) => reason !== 'empty')
  const missing = live.filter(name => !there.includes(name))
  return {
    sources: await Promise.all(sources),
    doubts: [
      ...notLive,
      ...missing.map(name => `${name} is not there; it is waited for.`),
      ...left.map(({ name, reason }) => `${name} is left out: ${reason}`),
      ...doubts
    ]
  }
}

/** Logs that have come since, where patterns or folders were asked for. */
export async function findNewSources(asked: Asked, known: Source[]): Promise<Source[]> {
  const names = known.map(({ name }) => name)
  const found = await liveFiles(asked.names).catch(() => undefined)
  const fresh = (found?.live ?? []).filter(
    name => !asked.leftOut.has(name) && !names.some(other => name === other || isRotated(name, other))
  )
  return fresh.map(name => sourceOf(asked, name, []))
}

function sourceOf({ zone, host, newHost, files }: Asked, name: string, planned: Planned[]): Source {
  const found = planned.find(({ log }) => log.name === name)
  const past = planned.filter(one => one !== found)
  const first = planned[0]
  const clock = first && new WatchClock(zone, first.year)
  return new Source(
    {
      ...{ name, past, found, names: files, reader: new LogReader(newHost) },
      host: first?.host ?? host ?? hostname(),
      clockFor: head => new WatchClock(zone, yearOf(head, zone))
    },
    clock
  )
}

/** The time of a log's last line, or, of an archive, of its last change. */
function endOf({ log, zone, year }: Planned): number {
  const clock = new Clock(zone, year)
  const [first, last] = [log.head.split('\n'), log.tail.split('\n').reverse()].map(lines =>
    lines.map(prefixOf).find(prefix => prefix !== undefined)
  )
  if (first) clock.at(first.stamp)
  return last ? clock.at(last.stamp) : log.mtime.getTime()
}

function yearOf(head: string, zone: string): number {
  const stamp = head.split('\n').map(prefixOf).find(Boolean)?.stamp ?? ''
  return yearFromEvidence(head) ?? inferYear({ stamp, mtime: new Date(), zone }).year
}
