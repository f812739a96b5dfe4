import path from 'node:path'
import type { Window } from '../maillog/collect.ts'
import { type Found, findLogs, type LogFile } from '../maillog/files.ts'
import { hashFile } from '../maillog/hash.ts'
import { Failure } from '../terminal/failure.ts'
import { showBytes } from '../terminal/progress.ts'
import type { Deciding } from './decider.ts'
import { enter } from './entry.ts'
import type { Job, JobResult } from './job.ts'
import { runJobs } from './jobs.ts'
import { joinShared, type Plan, type Planned, planFiles } from './plan.ts'
import {
  keep,
  partOf,
  type Result,
  refusedBySystem,
  refuseOther,
  refuseOver,
  unfinishedOf,
  withoutRemains
} from './results.ts'
import { hostsOf, iso, odditiesOf, rulesTold, type Summary, sumUp, totalsOf } from './summary.ts'

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

/**
 * Reads the logs, decides, and writes lost mail, outcomes and summary: all of them or none.
 * @throws Failure for names that lead to nothing
 */
export async function scan(asked: Scan): Promise<Scanned> {
  if (asked.out !== undefined) refuseOther(asked.out)
  const { logs, skipped } = await findLogs(asked.names).catch(error => {
    throw new Failure((error as Error).message)
  })
  if (logs.length === 0)
    throw new Failure(
      `There is no log to read: ${skipped.map(({ name, reason }) => `${name} (${reason})`).join(', ')}.`
    )
  if (asked.out !== undefined) refuseOver(asked.out, logs)
  const planned = planFiles(logs, asked)
  return withoutRemains(unfinishedOf(asked.out, planned.groups.length), () =>
    scanLogs(asked, { logs, skipped }, planned)
  ).catch(refusedBySystem)
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

/** Of one file after the other, while the threads read them; what comes through a pipe is not there any more. */
async function hashesOf(logs: LogFile[]): Promise<string[]> {
  const hashes: string[] = []
  for (const { name, bytes } of logs) hashes.push(bytes > 0 ? await hashFile(name) : '')
  return hashes
}

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
