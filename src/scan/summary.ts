import { readFileSync, writeFileSync } from 'node:fs'
import { type Balance, isBalanced } from '../maillog/collect.ts'
import { markBase } from '../maillog/message.ts'
import type { Class, Kind } from '../maillog/outcomes.ts'
import type { Oddities } from '../maillog/reader.ts'
import { Failure } from '../terminal/failure.ts'
import type { HostResult, JobResult } from './job.ts'
import type { Planned } from './plan.ts'
import type { Tally } from './rows.ts'

export type FileResult = { file: string; sha256: string; bytes: number; lines: number }
export type Totals = Balance & {
  refused: number
  never_accepted: number
  recipients_unknown: number
  lost_unnamed: number
  classes: Tally['classes']
}

/** What a scan found out beside the rows; `NAME.summary.json`, read by `scope load`. */
export type Summary = {
  version: 1
  window: { from: string; to: string }
  zone: string
  lost_mail: { file: string; sha256: string; rows: number } | undefined
  hosts: {
    host: string
    first: string
    last: string
    lines: number
    out_of_order: number
    gaps: { from: string; to: string; reason: string }[]
  }[]
  files: FileResult[]
  totals: Totals
  oddities: { kind: string; where: string; text: string }[]
  oddity_counts: Oddities['counts']
}

/** @throws Error when recipients got lost between the lines and the outcomes */
export function totalsOf(results: JobResult[]): Totals {
  const balance: Balance = { messages: 0, nrcpt: 0, named: 0, expanded: 0, handedOn: 0, ended: 0 }
  const tally: Tally = { lostRows: 0, lostUnnamed: 0, unnamed: 0, classes: {} }
  for (const result of results) {
    for (const key of Object.keys(balance) as (keyof Balance)[]) balance[key] += result.balance[key]
    addTally(tally, result.tally)
  }
  const told = Object.values(tally.classes).flatMap(kinds => Object.values(kinds))
  const decided = told.reduce((one, other) => one + other, 0)
  if (!isBalanced(balance) || decided !== balance.ended)
    throw new Error(`The scan does not balance: ${JSON.stringify({ ...balance, decided })}`)
  return {
    ...balance,
    refused: sum(results.map(({ refused }) => refused)),
    never_accepted: sum(results.map(({ neverAccepted }) => neverAccepted)),
    recipients_unknown: tally.unnamed,
    lost_unnamed: tally.lostUnnamed,
    classes: tally.classes
  }
}

function addTally(tally: Tally, { lostRows, lostUnnamed, unnamed, classes }: Tally) {
  tally.lostRows += lostRows
  tally.lostUnnamed += lostUnnamed
  tally.unnamed += unnamed
  for (const [name, kinds] of Object.entries(classes) as [Class, Record<Kind, number>][]) {
    const known = (tally.classes[name] ??= {})
    for (const [kind, count] of Object.entries(kinds) as [Kind, number][])
      known[kind] = (known[kind] ?? 0) + count
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((one, other) => one + other, 0)
}

/**
 * Each host's log from its first line to its last; where the reading began later, the first is that of the
 * files that were given.
 */
export function hostsOf(results: JobResult[], groups: Planned[][]): Summary['hosts'] {
  const begins = new Map<string, number>()
  for (const { host, first } of groups.flat()) begins.set(host, Math.min(first, begins.get(host) ?? first))
  const hosts = results.flatMap(({ hosts }) => hosts).sort((a, b) => a.host.localeCompare(b.host))
  return hosts.map(({ host, first, last, lines, outOfOrder, gaps }: HostResult) => ({
    ...{
      host,
      first: iso(Math.min(first, begins.get(host) ?? first)),
      last: iso(last),
      lines,
      out_of_order: outOfOrder
    },
    gaps: gaps.map(({ from, to, reason }) => ({ from: iso(from), to: iso(to), reason }))
  }))
}

export function odditiesOf(
  results: JobResult[],
  names: string[]
): Pick<Summary, 'oddities' | 'oddity_counts'> {
  const counts: Oddities['counts'] = {}
  for (const { oddities } of results)
    for (const [kind, count] of Object.entries(oddities.counts) as [keyof Oddities['counts'], number][])
      counts[kind] = (counts[kind] ?? 0) + count
  const oddities = results.flatMap(({ oddities: { samples } }) =>
    samples.map(({ kind, mark, text }) => {
      const number = Math.floor(mark / markBase)
      return {
        kind,
        where: `${names[number]}@${mark - number * markBase}`,
        text: Buffer.from(text, 'latin1').toString()
      }
    })
  )
  return { oddities, oddity_counts: counts }
}

/** What a person reads at the end of a scan. */
export function describe(summary: Summary): string[] {
  const { window, totals, hosts, oddity_counts, oddities } = summary
  return [
    `Messages accepted ${window.from} to ${window.to}: ${count(totals.messages)}`,
    ...hosts.flatMap(({ host, first, last, lines, gaps }) => [
      `  ${host}: ${count(lines)} lines, ${first} to ${last}`,
      ...gaps.map(gap => `    gap: ${gap.from} to ${gap.to} (${gap.reason})`)
    ]),
    `Recipients: ${count(totals.ended)} = ${count(totals.nrcpt)} accepted${plus(totals.named, 'of messages discarded or held at once')}${plus(totals.expanded, 'of aliases')}${totals.handedOn > 0 ? ` - ${count(totals.handedOn)} handed on and followed` : ''}`,
    `Refused: ${count(totals.refused)}; begun and never accepted: ${count(totals.never_accepted)}`,
    ...Object.entries(oddity_counts).map(([kind, number]) => `Lines ${kind}: ${count(number)}`),
    ...oddities
      .slice(0, 10)
      .map(({ kind, where, text }) => `  ${kind} at ${where}: ${JSON.stringify(text.slice(0, 100))}`),
    ...describeClasses(summary)
  ]
}

/** What was decided. */
export function describeClasses({ totals, lost_mail }: Summary): string[] {
  return [
    ...Object.entries(totals.classes).flatMap(([name, kinds]) => [
      `  ${name}: ${count(sum(Object.values(kinds)))}`,
      ...Object.entries(kinds).map(([kind, number]) => `    ${kind}: ${count(number)}`)
    ]),
    `Recipients that no line names: ${count(totals.recipients_unknown)}, of them lost: ${count(totals.lost_unnamed)}`,
    ...(lost_mail ? [`Lost mail: ${count(lost_mail.rows)} rows in ${lost_mail.file}`] : [])
  ]
}

function plus(number: number, what: string): string {
  return number > 0 ? ` + ${count(number)} ${what}` : ''
}

export function count(number: number): string {
  return number.toLocaleString('en')
}

export function iso(time: number): string {
  return new Date(time).toISOString()
}

export function writeSummary(name: string, summary: Summary) {
  writeFileSync(name, `${JSON.stringify(summary, null, 2)}\n`)
}

/** @throws Failure when it is not there or is none */
export function readSummary(name: string): Summary {
  try {
    return JSON.parse(readFileSync(name, 'utf8'))
  } catch (error) {
    throw new Failure(`The summary ${name} of the scan cannot be read: ${(error as Error).message}`)
  }
}
