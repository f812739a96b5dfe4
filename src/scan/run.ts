import {
  createReadStream,
  createWriteStream,
  existsSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Window } from '../maillog/collect.ts'
import { type Found, findLogs, type LogFile } from '../maillog/files.ts'
import { hashFile } from '../maillog/hash.ts'
import { Failure } from '../terminal/failure.ts'
import { showBytes } from '../terminal/progress.ts'
import type { Deciding, Tally } from './decider.ts'
import { enter } from './entry.ts'
import type { Job, JobResult } from './job.ts'
import { partsOf, runJobs, startThread } from './jobs.ts'
import { joinShared, type Plan, type Planned, planFiles } from './plan.ts'
import { lostColumns, outcomeColumns } from './rows.ts'
import {
  hostsOf,
  iso,
  odditiesOf,
  rulesTold,
  type Summary,
  sumUp,
  totalsOf,
  writeSummary
} from './summary.ts'

export type Scan = {
  names: string[]
  window: Window
  zone: string
  year: number | undefined
  host: string | undefined
  deciding: Deciding
  /** The lost-mail file; nothing is written without it. */
  out: string | undefined
  /** The shortest silence of a host that is a gap, in milliseconds. */
  silence: number | undefined
  /** Whether to count the outcomes by their looks, in the window and before it. */
  grouped: boolean
}

export type Scanned = { summary: Summary; results: JobResult[]; names: string[]; warnings: string[] }

/** Where the outcomes and the summary of a scan are, beside its lost-mail file. */
export function besides(out: string): { outcomes: string; summary: string } {
  const base = out.replace(/\.csv$/, '')
  return { outcomes: `${base}.outcomes.csv`, summary: `${base}.summary.json` }
}

/**
 * Reads the logs, decides, and writes lost mail, outcomes and summary: all of them or none.
 * @throws Failure for names that lead to nothing
 */
export async function scan(asked: Scan): Promise<Scanned> {
  if (asked.out !== undefined && !existsSync(path.dirname(asked.out)))
    throw new Failure(`--out: there is no folder ${path.dirname(asked.out)}. Make it first.`)
  if (asked.out !== undefined) refuseOther(asked.out)
  startThread()
  const { logs, skipped } = await findLogs(asked.names).catch(error => {
    throw new Failure((error as Error).message)
  })
  if (logs.length === 0)
    throw new Failure(
      `There is no log to read: ${skipped.map(({ name, reason }) => `${name} (${reason})`).join(', ')}.`
    )
  if (asked.out !== undefined) refuseOver(asked.out, logs)
  const planned = planFiles(logs, asked)
  return withoutRemains(unfinishedOf(asked.out, planned.groups), () =>
    scanLogs(asked, { logs, skipped }, planned)
  ).catch(error => {
    // Of the system, not of ours: the disk is full, say.
    if (error instanceof Error && 'syscall' in error)
      throw new Failure(`The scan ended, and wrote nothing: ${error.message}`)
    throw error
  })
}

async function scanLogs(asked: Scan, { logs, skipped }: Found, { groups, doubts }: Plan): Promise<Scanned> {
  const names = logs.map(({ name }) => path.relative('', name) || name)
  const hashes = hashesOf(logs)
  hashes.catch(() => {})
  const { ran, again } = await runTogether(asked, groups, names)
  const results = ran.map(({ result }) => result)
  const lines = results.flatMap(result => Object.entries(result.lines) as [string, number][])
  const sums = await hashes
  const files = logs.map(({ bytes }, at) => ({
    ...{ file: names[at] as string, sha256: sums[at] as string, bytes },
    lines: lines.find(([number]) => Number(number) === at)?.[1] ?? 0
  }))
  const summary: Summary = {
    version: 1,
    window: { from: iso(asked.window.from), to: iso(asked.window.to) },
    zone: asked.zone,
    domains: asked.deciding.domains,
    rules: rulesTold(asked.deciding.rules, sumUp(results.map(({ tally }) => tally))),
    lost_mail: undefined,
    hosts: hostsOf(results),
    files,
    totals: totalsOf(results),
    ...odditiesOf(results, names)
  }
  if (asked.out !== undefined) await keep(asked.out, ran, summary)
  const overlapping = [...new Set(results.flatMap(result => result.overlapping))]
  const ambiguous = results.reduce((sum, result) => sum + result.ambiguous, 0)
  const warnings = [
    ...skipped.map(({ name, reason }) => `${name} is left out: ${reason}`),
    ...doubts,
    ...again.map(
      host => `${host} stands in logs that begin with other hosts: they were read once more, together`
    ),
    ...overlapping.map(
      number =>
        `${names[number]} tells of a time that another log of its host tells of: what stands in both counts twice. ` +
        'Give only one of them.'
    ),
    ...(summary.hosts.length === 0 ? [noMail(groups.flat())] : []),
    ...(ambiguous > 0
      ? [`${ambiguous} times could mean either of two, an hour apart: the clocks were put back`]
      : [])
  ]
  return { summary, results, names, warnings }
}

function noMail(files: Planned[]): string {
  const begins = files.map(({ first }) => first).filter(first => !Number.isNaN(first))
  const [first, last] = [Math.min(...begins), Math.max(...begins)]
  return `No line of a mail system was read. The logs begin ${iso(first)}${last > first ? ` to ${iso(last)}` : ''}: is the window another one, or the zone, or the year?`
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Removes what is left of some files when the work on them is over, has failed or is interrupted. */
async function withoutRemains<Result>(files: string[], work: () => Promise<Result>): Promise<Result> {
  const remove = () => {
    for (const name of files) rmSync(name, { force: true })
  }
  const interrupted = () => {
    remove()
    process.exit(130)
  }
  for (const signal of signals) process.once(signal, interrupted)
  try {
    return await work()
  } finally {
    for (const signal of signals) process.off(signal, interrupted)
    remove()
  }
}

/** What a scan writes before the files have their own names. */
function unfinishedOf(out: string | undefined, groups: Planned[][]): string[] {
  if (out === undefined) return []
  const whole = [out, ...Object.values(besides(out))].map(name => `${name}.partial`)
  return [...groups.flatMap((_, at) => partsOf({ out: partOf(out, at) })), ...whole]
}

function partOf(out: string, group: number): string {
  return `${out}.part-${group}`
}

/** @throws Failure for another name than NAME.csv, beside which nobody would look for NAME.summary.json, and for what is no file */
export function refuseOther(out: string) {
  if (!/[^/]\.csv$/.test(out)) throw new Failure(`--out: ${out} does not end in .csv. Take ${out}.csv.`)
  const other = [out, ...Object.values(besides(out))].find(
    name => existsSync(name) && !statSync(name).isFile()
  )
  if (other) throw new Failure(`--out: ${other} is there, and is no file. Take another name.`)
}

/** @throws Failure where the result would take the place of what it is made from */
function refuseOver(out: string, logs: LogFile[]) {
  const written = [out, ...Object.values(besides(out))].map(name => path.resolve(name))
  const over = logs.find(({ name }) => written.includes(path.resolve(name)))
  if (over) throw new Failure(`--out: ${over.name} is a log that is to be read. Take another name.`)
}

/** Of one file after the other, while the threads read them; what comes through a pipe is not there any more. */
async function hashesOf(logs: LogFile[]): Promise<string[]> {
  const hashes: string[] = []
  for (const { name, bytes } of logs) hashes.push(bytes > 0 ? await hashFile(name) : '')
  return hashes
}

type Result = { job: Job; result: JobResult }

/** Which hosts a log has lines of is known when it is read: those that turn out to share one are read again, as one group. */
async function runTogether(asked: Scan, groups: Planned[][], names: string[]) {
  const again = new Set<string>()
  for (let together = groups; ; ) {
    const ran = await runGroups(asked, together, names)
    const { joined, shared } = joinShared(together, hostsByFile(ran))
    if (shared.length === 0) return { ran, again: [...again] }
    for (const host of shared) again.add(host)
    together = joined
  }
}

function hostsByFile(ran: Result[]): Map<number, string[]> {
  const told = ran.map(({ job, result }) => {
    const hosts = result.hosts.map(({ host }) => host)
    return job.files.map(({ number }): [number, string[]] => [number, hosts])
  })
  return new Map(told.flat())
}

/** Dovecot's own logs first: they say what became of mail that others call saved. */
async function runGroups(asked: Scan, groups: Planned[][], names: string[]): Promise<Result[]> {
  const { window, deciding, out, silence, grouped } = asked
  const entered = await Promise.all(groups.map(group => (grouped ? group : enter(group, window.from))))
  const progress = new BigInt64Array(new SharedArrayBuffer(8))
  const total = entered.flat().reduce((sum, { log, start }) => sum + textLength(log) - start, 0)
  const shown = showBytes('Reading the logs', total)
  const common = { names, window, deciding, grouped, silence, progress }
  const run = async (joined: boolean, sieveDiscards: string[]) => {
    const jobs = entered
      .map((files, at): Job => {
        const part = out === undefined ? undefined : partOf(out, at)
        return { ...common, files, sieveDiscards, out: part, header: at === 0 }
      })
      .filter((_, at) => entered[at]?.[0]?.joined === joined)
    const results = await runJobs(jobs, () => shown.at(Math.min(total, Number(Atomics.load(progress, 0)))))
    return jobs.map((job, at) => ({ job, result: results[at] as JobResult }))
  }
  try {
    const joined = await run(true, [])
    return [
      ...joined,
      ...(await run(
        false,
        joined.flatMap(({ result }) => result.sieveDiscards)
      ))
    ]
  } finally {
    shown.end()
  }
}

/** How much text there is in a log; of an archive it is a guess: mail logs shrink to an eighth. */
function textLength({ length, bytes, compression }: LogFile): number {
  return length ?? (compression === 'plain' ? bytes : 8 * bytes)
}

/** Puts the parts together under their own names, one after the other in the order of the jobs. */
async function keep(out: string, results: Result[], summary: Summary) {
  const { outcomes, summary: told } = besides(out)
  const parts = results
    .toSorted((a, b) => Number(b.job.header) - Number(a.job.header))
    .map(({ job }) => partsOf(job))
  await join(
    parts.map(([lost]) => lost as string),
    `${out}.partial`,
    lostColumns
  )
  await join(
    parts.map(([, all]) => all as string),
    `${outcomes}.partial`,
    outcomeColumns
  )
  const tallies = results.map(({ result }) => result.tally)
  summary.lost_mail = await lostMailOf(out, sumUp(tallies))
  writeSummary(`${told}.partial`, summary)
  for (const name of [outcomes, told, out]) renameSync(`${name}.partial`, name)
}

/** What the summary says of a lost-mail file that is written, but has not its name yet. */
export async function lostMailOf(
  out: string,
  { lostRows, unknownRows }: Tally
): Promise<Summary['lost_mail']> {
  const sha256 = await hashFile(`${out}.partial`)
  return { file: path.basename(out), sha256, rows: lostRows + unknownRows, unknown: unknownRows }
}

/** The first part grows by the others; without any there is the header alone. */
async function join(parts: string[], name: string, columns: readonly string[]) {
  const [first, ...others] = parts
  if (first === undefined) return writeFileSync(name, `${columns.join(',')}\n`)
  renameSync(first, name)
  for (const part of others) await pipeline(createReadStream(part), createWriteStream(name, { flags: 'a' }))
}
