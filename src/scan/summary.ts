import { readFileSync, writeFileSync } from 'node:fs'
import { stampIn } from '../incidents/time.ts'
import { type Balance, isBalanced } from '../maillog/collect.ts'
import type { Class, Kind } from '../maillog/kinds.ts'
import { markBase } from '../maillog/message.ts'
import type { Oddities } from '../maillog/reader.ts'
import type { Rules } from '../maillog/rules.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { type Deciding, emptyTally, type Tally } from './decider.ts'
import type { HostResult, JobResult } from './job.ts'

type FileResult = { file: string; sha256: string; bytes: number; lines: number }
export type Totals = Balance & {
  refused: number
  never_accepted: number
  recipients_unknown: number
  lost_unnamed: number
  /** Lost, or without a word, but on other domains than those asked for. */
  elsewhere: number
  classes: Tally['classes']
}

/** What a scan found out beside the rows; `NAME.summary.json`, read by `scope load`. */
export type Summary = {
  version: 1
  window: { from: string; to: string }
  zone: string
  /** Only recipients on these are in the lost-mail file; all when empty. */
  domains: string[]
  /** What the rules decided on, in their order. */
  rules: { class: Class; recipients: number }[]
  /** `rows` are all of the file, `unknown` those of recipients of whom there is no word. */
  lost_mail: { file: string; sha256: string; rows: number; unknown: number } | undefined
  hosts: {
    host: string
    first: string
    last: string
    /** `last` is the last line that was read: all mail of the window had its end by then, if not. */
    read_to_end: boolean
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
  const tally = sumUp(results.map(result => result.tally))
  for (const result of results) {
    for (const key of Object.keys(balance) as (keyof Balance)[]) balance[key] += result.balance[key]
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
    elsewhere: tally.elsewhere,
    classes: tally.classes
  }
}

export function sumUp(tallies: Tally[]): Tally {
  const tally = emptyTally([])
  for (const { classes, byRule, ...counts } of tallies) {
    for (const name of ['lostRows', 'unknownRows', 'lostUnnamed', 'unnamed', 'elsewhere'] as const)
      tally[name] += counts[name]
    tally.byRule = byRule.map((number, at) => number + (tally.byRule[at] ?? 0))
    for (const [name, kinds] of Object.entries(classes) as [Class, Record<Kind, number>][]) {
      tally.classes[name] ??= {}
      const known = tally.classes[name]
      for (const [kind, number] of Object.entries(kinds) as [Kind, number][])
        known[kind] = (known[kind] ?? 0) + number
    }
  }
  return tally
}

function sum(numbers: number[]): number {
  return numbers.reduce((one, other) => one + other, 0)
}

/**
 * Each host's log from its first line to its last; where the reading began later, the first is that of the
 * files that were given.
 */
export function hostsOf(results: JobResult[]): Summary['hosts'] {
  const tallies = results.map(({ tally }) => tally)
  const hosts = results.flatMap(({ hosts }) => hosts).sort((a, b) => a.host.localeCompare(b.host))
  return hosts.map(({ host, first, last, readToEnd, lines, outOfOrder, gaps }: HostResult) => ({
    ...{
      host,
      first: iso(first),
      last: iso(last),
      read_to_end: readToEnd,
      lines,
      out_of_order: outOfOrder
    },
    gaps: [
      ...gaps.map(({ from, to, reason }) => ({ from: iso(from), to: iso(to), reason })),
      ...unnamedOf(tallies, host)
    ]
  }))
}

/** When mail came whose recipients nobody knows: nobody can be called "not affected" by these seconds. */
function unnamedOf(tallies: Pick<Tally, 'unnamedGaps'>[], host: string): Summary['hosts'][number]['gaps'] {
  const gaps = tallies.flatMap(({ unnamedGaps }) => unnamedGaps).filter(gap => gap.host === host)
  return gaps.map(({ from, to }) => ({ from: iso(from), to: iso(to), reason: unnamed }))
}

const unnamed = 'recipients unknown'

export function rulesTold(rules: Rules, { byRule }: Pick<Tally, 'byRule'>): Summary['rules'] {
  return rules.map((rule, at) => ({ class: rule.class, recipients: byRule[at] ?? 0 }))
}

/** Puts what was decided in the place of what was decided before. */
export function redecide(summary: Summary, { rules, domains }: Deciding, tally: Tally) {
  Object.assign(summary, { domains, rules: rulesTold(rules, tally) })
  Object.assign(summary.totals, {
    classes: tally.classes,
    recipients_unknown: tally.unnamed,
    lost_unnamed: tally.lostUnnamed,
    elsewhere: tally.elsewhere
  })
  for (const host of summary.hosts)
    host.gaps = [...host.gaps.filter(({ reason }) => reason !== unnamed), ...unnamedOf([tally], host.host)]
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

/** What a person reads at the end of a scan, with times in the scan's zone. */
export function describe(summary: Summary): string[] {
  const { window, totals, hosts, oddity_counts, oddities, zone } = summary
  const span = spanIn(zone)
  return [
    `Messages accepted ${span(window)} (${zone}): ${count(totals.messages)}`,
    ...hosts.flatMap(({ host, first, last, read_to_end, lines, gaps }) => [
      `  ${host}: ${count(lines)} lines read, the log is from ${span({ from: first, to: last })}`,
      ...(read_to_end ? [] : ['    and goes on: all mail of the window had its end by then']),
      ...uncovered(window, { from: first, to: last }).map(gap => `    not covered: ${span(gap)}`),
      ...gaps.map(gap => `    gap: ${span(gap)} (${gap.reason})`)
    ]),
    ...(hosts.length === 0 ? ['  The logs have no lines of a mail system.'] : []),
    `Recipients: ${count(totals.ended)} = ${count(totals.nrcpt)} accepted${plus(totals.named, 'of messages discarded or held at once')}${plus(totals.expanded, 'of aliases')}${totals.handedOn > 0 ? ` - ${count(totals.handedOn)} handed on and followed` : ''}`,
    `Refused: ${count(totals.refused)}; begun and never accepted: ${count(totals.never_accepted)}`,
    ...Object.entries(oddity_counts).map(([kind, number]) => `Lines ${kind}: ${count(number)}`),
    ...oddities
      .slice(0, 10)
      .map(({ kind, where, text }) => `  ${kind} at ${where}: ${JSON.stringify(text.slice(0, 100))}`),
    ...describeClasses(summary)
  ]
}

type Span = { from: string; to: string }

/** What of the window lies before and after the lines of a host. */
function uncovered(window: Span, read: Span): Span[] {
  const before = { from: window.from, to: read.from < window.to ? read.from : window.to }
  const after = { from: read.to > window.from ? read.to : window.from, to: window.to }
  return (before.to === after.to ? [before] : [before, after]).filter(({ from, to }) => from < to)
}

function spanIn(zone: string): (span: Span) => string {
  const stamp = stampIn(zone)
  return ({ from, to }) => `${stamp(from)} to ${stamp(to)}`
}

/** What was decided. */
export function describeClasses({ totals, lost_mail, rules, domains }: Summary): string[] {
  return [
    ...Object.entries(totals.classes).flatMap(([name, kinds]) => [
      `  ${name}: ${count(sum(Object.values(kinds)))}`,
      ...Object.entries(kinds).map(([kind, number]) => `    ${kind}: ${count(number)}`)
    ]),
    ...rules.map((rule, at) => {
      const hint = rule.recipients === 0 ? ' – is it written as the log has it?' : ''
      return `Rule ${at + 1} (${rule.class}) decides on ${count(rule.recipients)}${hint}`
    }),
    ...(domains.length > 0
      ? [`Of the lost and unknown, on other domains than ${domains.join(', ')}: ${count(totals.elsewhere)}`]
      : []),
    `Recipients that no line names: ${count(totals.recipients_unknown)}, of them lost: ${count(totals.lost_unnamed)}`,
    ...(lost_mail
      ? [
          `${lost_mail.file}: ${count(lost_mail.rows - lost_mail.unknown)} rows of lost mail${plus(lost_mail.unknown, 'of mail of which there is no word')}`
        ]
      : [])
  ]
}

function plus(number: number, what: string): string {
  return number > 0 ? ` + ${count(number)} ${what}` : ''
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
