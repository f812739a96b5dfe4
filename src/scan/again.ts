import { createReadStream, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { readCsv } from '../csv/read.ts'
import type { Kind } from '../maillog/kinds.ts'
import { addressOf } from '../maillog/outcomes.ts'
import { Failure } from '../terminal/failure.ts'
import { CsvFile } from './csv-file.ts'
import { Decider, type Deciding, type Tally } from './decider.ts'
import { besides, lostMailOf, refuseOther } from './results.ts'
import { lostColumns, outcomeColumns } from './rows.ts'
import { describeClasses, readSummary, redecide, type Summary, writeSummary } from './summary.ts'

/** Whether a file of the name NAME.outcomes.csv is what an earlier scan kept of the logs. */
export async function isOutcomes(name: string): Promise<boolean> {
  for await (const chunk of createReadStream(name, { end: 200, encoding: 'utf8' }))
    return String(chunk).startsWith(outcomeColumns.slice(0, 5).join(','))
  return false
}

/** The zone of the scan that left these outcomes. */
export function zoneOfScan(outcomes: string): string {
  return readSummary(besides(scannedOf(outcomes)).summary).zone
}

function scannedOf(outcomes: string): string {
  return outcomes.replace(/\.outcomes\.csv$/, '.csv')
}

/**
 * Decides again on the outcomes of an earlier scan, without reading the logs.
 * @param out the lost-mail file; nothing is written without it
 * @throws Failure when the outcomes or their summary cannot be read
 */
export async function decideAgain(
  names: string[],
  { deciding, out }: { deciding: Deciding; out: string | undefined }
): Promise<string[]> {
  const [name = '', ...others] = names
  if (others.length > 0)
    throw new Failure(`Decide on one file of outcomes at a time; ${name} is the first of ${names.length}.`)
  const scanned = scannedOf(name)
  const summary = readSummary(besides(scanned).summary)
  if (out === undefined) {
    const tally = await decideAll(name, deciding)
    refuseIncomplete(name, tally, summary)
    redecide(summary, deciding, tally)
    summary.lost_mail = undefined
    return [...describeClasses(summary), `Nothing is written: --out ${scanned} does.`]
  }
  refuseOther(out)
  if (path.resolve(out) === path.resolve(name))
    throw new Failure(`--out: ${out} holds the outcomes that are to be decided on. Take another name.`)
  const told = besides(out).summary
  const lost = new CsvFile(`${out}.partial`, lostColumns)
  try {
    const tally = await decideAll(name, deciding, lost)
    lost.close()
    refuseIncomplete(name, tally, summary)
    redecide(summary, deciding, tally)
    summary.lost_mail = await lostMailOf(out, tally)
    writeSummary(`${told}.partial`, summary)
    for (const file of [told, out]) renameSync(`${file}.partial`, file)
  } finally {
    for (const file of [told, out]) rmSync(`${file}.partial`, { force: true })
  }
  return describeClasses(summary)
}

/** @throws Failure where the outcomes are not those that the summary counts */
function refuseIncomplete(name: string, { classes }: Tally, { totals }: Summary) {
  const counts = Object.values(classes).flatMap(kinds => Object.values(kinds))
  const ended = counts.reduce((sum, count) => sum + count, 0)
  if (ended !== totals.ended)
    throw new Failure(
      `${name} tells of ${ended} recipients, its summary of ${totals.ended}: was it cut off? Scan the logs again.`
    )
}

async function decideAll(name: string, deciding: Deciding, lost?: CsvFile): Promise<Tally> {
  const decider = new Decider(deciding)
  for await (const row of readCsv(name, { required: outcomeColumns })) {
    if ('problem' in row) throw new Failure(`${name}, line ${row.line}: ${row.problem}. Scan the logs again.`)
    const kind = row.values.outcome as Kind
    const recipient = addressOf(row.values.recipient, row.values.host)
    const values = { ...row.values, recipient }
    const facts = { ...values, isNamed: values.recipient !== '', kind, time: Number(values.at) }
    const where = { host: values.host, accepted: Date.parse(values.received_at) }
    const found = decider.decide(facts, Number(values.count), where)
    if (!found || !lost) continue
    for (const column of lostColumns) lost.text(column === 'class' ? found : values[column])
    lost.endRow()
  }
  return decider.tally
}
