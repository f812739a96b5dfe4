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
import type { LogFile } from '../maillog/files.ts'
import { hashFile } from '../maillog/hash.ts'
import { Failure } from '../terminal/failure.ts'
import type { Tally } from './decider.ts'
import type { Job, JobResult } from './job.ts'
import { partsOf } from './jobs.ts'
import { lostColumns, outcomeColumns } from './rows.ts'
import { type Summary, sumUp, writeSummary } from './summary.ts'

export type Result = { job: Job; result: JobResult }

/** Where the outcomes and the summary of a scan are, beside its lost-mail file. */
export function besides(out: string): { outcomes: string; summary: string } {
  const base = out.replace(/\.csv$/, '')
  return { outcomes: `${base}.outcomes.csv`, summary: `${base}.summary.json` }
}

/** The lost-mail file and what is beside it. */
function allOf(out: string): string[] {
  return [out, ...Object.values(besides(out))]
}

/**
 * @throws Failure where there is no folder for it, for another name than NAME.csv, beside which nobody would look for
 *   NAME.summary.json, and for what is no file
 */
export function refuseOther(out: string) {
  if (!existsSync(path.dirname(out)))
    throw new Failure(`--out: there is no folder ${path.dirname(out)}. Make it first.`)
  if (!/[^/]\.csv$/.test(out)) throw new Failure(`--out: ${out} does not end in .csv. Take ${out}.csv.`)
  const other = allOf(out).find(name => existsSync(name) && !statSync(name).isFile())
  if (other) throw new Failure(`--out: ${other} is there, and is no file. Take another name.`)
}

/** @throws Failure where the result would take the place of what it is made from */
export function refuseOver(out: string, logs: LogFile[]) {
  const written = allOf(out).map(name => path.resolve(name))
  const over = logs.find(({ name }) => written.includes(path.resolve(name)))
  if (over) throw new Failure(`--out: ${over.name} is a log that is to be read. Take another name.`)
}

/** @throws Failure in words for what the system refuses, a full disk say; anything else as it is */
export function refusedBySystem(error: unknown): never {
  if (error instanceof Error && 'syscall' in error)
    throw new Failure(`The scan ended, and wrote nothing: ${error.message}`)
  throw error
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Removes what is left of some files when the work on them is over, has failed or is interrupted. */
export async function withoutRemains<Result>(files: string[], work: () => Promise<Result>): Promise<Result> {
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
export function unfinishedOf(out: string | undefined, groups: number): string[] {
  if (out === undefined) return []
  const whole = allOf(out).map(name => `${name}.partial`)
  return [...Array.from({ length: groups }, (_, at) => partsOf({ out: partOf(out, at) })).flat(), ...whole]
}

export function partOf(out: string, group: number): string {
  return `${out}.part-${group}`
}

/** Puts the parts together under their own names, one after the other in the order of the jobs. */
export async function keep(out: string, results: Result[], summary: Summary) {
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

/** With pieces of 1 MiB it takes a third of the time that it does with the usual ones. */
const mega = 1 << 20

/** The first part grows by the others; without any there is the header alone. */
async function join(parts: string[], name: string, columns: readonly string[]) {
  const [first, ...others] = parts
  if (first === undefined) return writeFileSync(name, `${columns.join(',')}\n`)
  renameSync(first, name)
  for (const part of others)
    await pipeline(createReadStream(part, { highWaterMark: mega }), createWriteStream(name, { flags: 'a' }))
}
