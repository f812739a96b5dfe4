import { createReadStream, renameSync, rmSync } from 'node:fs'
import { readCsv } from '../csv/read.ts'
import type { Kind } from '../maillog/outcomes.ts'
import { Failure } from '../terminal/failure.ts'
import { CsvFile, cell, Decider, type Deciding, lostColumns, outcomeColumns } from './rows.ts'
import { besides, lostMailOf } from './run.ts'
import { describeClasses, readSummary, redecide, writeSummary } from './summary.ts'

/** Whether a file is what an earlier scan kept of the logs. */
export async function isOutcomes(name: string): Promise<boolean> {
  if (!name.endsWith('.outcomes.csv')) return false
  for await (const chunk of createReadStream(name, { end: 200, encoding: 'utf8' }))
    return String(chunk).startsWith(outcomeColumns.slice(0, 5).join(','))
  return false
}

/**
 * Decides again on the outcomes of an earlier scan, without reading the logs.
 * @param out the lost-mail file; the one of that scan if not given
 * @throws Failure when the outcomes or their summary cannot be read
 */
export async function decideAgain(
  names: string[],
  { deciding, out: asked }: { deciding: Deciding; out: string | undefined }
): Promise<string[]> {
  const [name = '', ...others] = names
  if (others.length > 0)
    throw new Failure(`Decide on one file of outcomes at a time; ${name} is the first of ${names.length}.`)
  const scanned = name.replace(/\.outcomes\.csv$/, '.csv')
  const out = asked ?? scanned
  const told = besides(out).summary
  const summary = readSummary(besides(scanned).summary)
  const decider = new Decider(deciding)
  const lost = new CsvFile(`${out}.partial`, lostColumns)
  try {
    for await (const row of readCsv(name, { required: outcomeColumns })) {
      if ('problem' in row)
        throw new Failure(`${name}, line ${row.line}: ${row.problem}. Scan the logs again.`)
      const { values } = row
      const kind = values.outcome as Kind
      const facts = { ...values, kind, time: Number(values.at) }
      const where = { host: values.host, accepted: Date.parse(values.received_at) }
      const found = decider.decide(facts, Number(values.count), where)
      if (found)
        lost.add(
          `${lostColumns.map(column => cell(column === 'class' ? found : values[column])).join(',')}\n`
        )
    }
    lost.close()
    const { tally } = decider
    summary.lost_mail = await lostMailOf(out, tally)
    redecide(summary, tally)
    writeSummary(`${told}.partial`, summary)
    for (const file of [told, out]) renameSync(`${file}.partial`, file)
  } finally {
    for (const file of [told, out]) rmSync(`${file}.partial`, { force: true })
  }
  return describeClasses(summary)
}
