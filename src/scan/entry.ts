import { type FileHandle, open } from 'node:fs/promises'
import { Clock } from '../maillog/clock.ts'
import { formatOf, prefixOf } from '../maillog/formats.ts'
import type { Planned } from './plan.ts'

/** Messages that came this long before the window may be accepted in it, in milliseconds. */
const before = 15 * 60_000
const probe = 16 * 1_024

/**
 * Where the reading of a host's files begins: files that end before the window are left out, and a plain one
 * in the order of time is entered by binary search. A message whose arrival is not read was accepted before.
 * Files of a host may tell of the same time, as mail.log and mail.err do: that one begins ends no other.
 */
export async function enter(files: Planned[], from: number): Promise<Planned[]> {
  const start = from - before
  const needed = files.filter((file, at) => !(endOf(file, files.slice(at + 1)) < start))
  const [first, ...rest] = needed
  if (!first || !(first.first < start) || first.log.compression !== 'plain' || first.log.bytes === 0)
    return needed
  if (!first.inOrder || formatOf(first.log.head).name !== 'syslog') return needed
  await using file = await open(first.log.name)
  const begin = await findStart(file, first, start)
  return [{ ...first, ...begin }, ...rest]
}

/** When a file is over, at the latest: by its own last lines; an archive when the next one of the same log begins. */
function endOf(file: Planned, later: Planned[]): number {
  const { log, zone, year } = file
  if (log.tail === '') {
    const next = later.find(other => liveNameOf(other) === liveNameOf(file))
    return next?.first ?? Number.POSITIVE_INFINITY
  }
  const clock = new Clock(zone, year)
  const times = [log.head, log.tail].map(text =>
    text.split('\n').map(line => clock.at(prefixOf(line)?.stamp ?? ''))
  )
  return Math.max(...times.flat().filter(time => !Number.isNaN(time)))
}

/** `mail.log.2.gz`, `mail.log-20261120.gz` and `mail-20261120.log.gz` were `mail.log`. */
function liveNameOf({ log: { name } }: Planned): string {
  return name.replace(/\.(?:gz|zst|xz|bz2)$/, '').replace(/[.-]\d[\d-]*(?=\.[a-z]+$|$)/, '')
}

/** The beginning of a line before which all are older than a time. */
async function findStart(file: FileHandle, { log, zone, year }: Planned, time: number) {
  let [low, high] = [0, log.bytes]
  let found = { start: 0, year }
  while (high - low > 8 * probe) {
    const middle = Math.floor((low + high) / 2)
    const line = await firstLineAfter(file, middle)
    // From the file's own beginning, so that the year goes on where it does.
    const at = line && yearAt(line.stamp, zone, { year, head: log.head })
    if (!line || !at || at.time >= time) high = middle
    else {
      low = middle
      found = { start: line.offset, year: at.year }
    }
  }
  return found
}

async function firstLineAfter(file: FileHandle, position: number) {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(probe), position })
  const text = buffer.latin1Slice(0, bytesRead)
  for (let at = text.indexOf('\n') + 1; at > 0 && at < text.length; at = text.indexOf('\n', at) + 1) {
    const end = text.indexOf('\n', at)
    if (end === -1) return undefined
    const prefix = prefixOf(text.slice(at, end))
    if (prefix) return { stamp: prefix.stamp, offset: position + at }
  }
  return undefined
}

function yearAt(stamp: string, zone: string, file: { year: number | undefined; head: string }) {
  const first = file.head
    .split('\n')
    .map(prefixOf)
    .find(prefix => prefix !== undefined)
  const clock = new Clock(zone, file.year)
  if (first) clock.at(first.stamp)
  const time = clock.at(stamp)
  const year = new Date(time).getUTCFullYear()
  // Which of two equal local times is meant, only the lines before it tell.
  const alone = new Clock(zone, year)
  alone.at(stamp)
  return Number.isNaN(time) || alone.ambiguous > 0 ? undefined : { time, year }
}
