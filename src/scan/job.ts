import { Clock } from '../maillog/clock.ts'
import { type Balance, Collector, type Window } from '../maillog/collect.ts'
import { BrokenLog, type LogFile, readLog } from '../maillog/files.ts'
import type { Group } from '../maillog/groups.ts'
import { HostLog } from '../maillog/host.ts'
import { LogReader, type Oddities } from '../maillog/reader.ts'
import { asLogged } from '../maillog/rules.ts'
import type { Covered } from '../maillog/span.ts'
import { CsvFile } from './csv-file.ts'
import { Decider, type Deciding, type Tally } from './decider.ts'
import { lostColumns, outcomeColumns, Rows } from './rows.ts'

/** The files of some hosts, each host's in the order of time. */
export type Job = {
  files: JobFile[]
  /** Of all files of the scan, by number. */
  names: string[]
  window: Window
  deciding: Deciding
  /** Where to write, without end; nothing is written without it. */
  out: string | undefined
  /** Whether its files begin with the names of the columns. */
  header: boolean
  /** Whether to count the outcomes by their looks. */
  grouped: boolean
  silence: number | undefined
  /** Sessions that Dovecot's own logs tell of. */
  sieveDiscards: string[]
  /** Bytes of text that have been read so far, of all jobs. */
  progress: BigInt64Array
}
export type JobFile = {
  log: LogFile
  number: number
  start: number
  /** Of its first line, in milliseconds since the epoch. */
  first: number
  zone: string
  year: number | undefined
  host: string
  /** Whether what is later stands behind what is earlier, as far as its beginning and its end tell. */
  inOrder: boolean
}

export type HostResult = Covered & {
  host: string
  /** Or until there was nothing more to tell of mail that was accepted in the window. */
  readToEnd: boolean
  lines: number
  outOfOrder: number
}
export type JobResult = {
  hosts: HostResult[]
  lines: number[]
  groups: Group[]
  balance: Balance
  tally: Tally
  refused: number
  neverAccepted: number
  oddities: Oddities
  /** Stamps that could mean two times, an hour apart. */
  ambiguous: number
  /** Numbers of files that tell of a time of which another file of their host told. */
  overlapping: number[]
  sieveDiscards: string[]
}

/** Reads the files of a job from the first line to the last. */
export async function runJob({
  files,
  names,
  window,
  deciding,
  out,
  header,
  grouped,
  silence,
  progress,
  sieveDiscards: known
}: Job): Promise<JobResult> {
  const decider = new Decider({ ...deciding, rules: asLogged(deciding.rules) })
  const rows = new Rows(names)
  const lost = out === undefined ? undefined : new CsvFile(`${out}.lost`, header && lostColumns)
  const all = out === undefined ? undefined : new CsvFile(`${out}.outcomes`, header && outcomeColumns)
  const collector = new Collector(window, {
    grouped,
    reuses: true,
    onOutcome: (outcome, accepted) => {
      const { host, accepted: time } = outcome.message
      const found = decider.decide(outcome, outcome.count, { host, accepted: time })
      if (found && lost) rows.lost(lost, outcome, accepted, found)
      if (all) rows.outcome(all, outcome, accepted)
    }
  })
  for (const session of known) collector.sieveDiscards.add(session)
  const reader = new LogReader(name => new HostLog(name, collector))
  const lines: number[] = []
  const overlapping: number[] = []
  let ambiguous = 0
  let readToEnd = true
  for (const { log, number, start, first, zone, year, host, inOrder } of files) {
    const clock = new Clock(zone, year)
    const before = linesOf(reader)
    reader.beginFile({ number, start, clock, host, head: log.head })
    // Outcomes that are counted by the hour are counted to the end.
    const until = grouped || !inOrder ? undefined : window
    readToEnd = (await feed(reader, { log, start, progress }, until)) && readToEnd
    lines[number] = linesOf(reader) - before
    ambiguous += clock.ambiguous
    // What stands before the place where a log was entered was not read, but is there.
    for (const known of reader.hosts.values())
      if (known.endFile(start > 0 && known.name === host ? first : undefined)) overlapping.push(number)
  }
  reader.end()
  lost?.close()
  all?.close()
  const { groups, balance, refused, neverAccepted, sieveDiscards } = collector
  // Other logs may be among them, which say nothing of how much of the mail is covered.
  const hosts = [...reader.hosts.values()]
    .filter(host => host.carriesMail())
    .map(host => {
      const { name, lines, outOfOrder } = host
      return { host: name, readToEnd, lines, outOfOrder, ...host.covered(silence) }
    })
  return {
    ...{
      hosts,
      lines,
      groups: [...groups.groups.values()],
      balance,
      tally: decider.tally,
      refused,
      neverAccepted
    },
    ...{ oddities: reader.oddities, ambiguous, overlapping, sieveDiscards: [...sieveDiscards] }
  }
}

type Feeding = Pick<JobFile, 'log' | 'start'> & Pick<Job, 'progress'>

/**
 * Reads a log to its end, also where it breaks off; or until no host has more to tell of mail that was accepted in the
 * window. What comes through a pipe is read to its end: what writes to it would be killed. So is an archive, whose last
 * lines nobody has seen: several logs may have been put together into it.
 * @returns whether it was read to its end
 */
export async function feed(
  reader: LogReader,
  { log, start, progress }: Feeding,
  window?: Window
): Promise<boolean> {
  const mayStop = window && log.compression === 'plain' && log.bytes > 0
  try {
    for await (const piece of readLog(log, { start })) {
      reader.feed(piece)
      Atomics.add(progress, 0, BigInt(piece.length))
      if (mayStop && reader.isThrough(window)) return false
    }
    reader.endFile()
  } catch (error) {
    if (!(error instanceof BrokenLog)) throw error
    reader.endFile(error)
  }
  return true
}

function linesOf(reader: LogReader): number {
  let lines = 0
  for (const host of reader.hosts.values()) lines += host.lines
  return lines
}
