import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import { parse } from 'csv-parse/sync'
import type { Summary } from '../../src/scan/summary.ts'
import { mypage } from './terminal.ts'

type Row = Record<string, string>
export type ScanEnded = {
  code: number | null
  stdout: string
  stderr: string
  out: string
  lost: Row[]
  /** Rows of recipients of whom there is no word. */
  unknown: Row[]
  outcomes: Row[]
  summary: Summary
}

const folder = mkdtempSync(path.join(tmpdir(), 'mypage-scan-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** A log of these lines, or bytes, in a file of its own. */
export function logOf(lines: string[] | Buffer, name = `${++files}.log`): string {
  const file = path.join(folder, name)
  writeFileSync(file, Buffer.isBuffer(lines) ? lines : `${lines.join('\n')}\n`)
  return file
}

/** Runs `mypage scan` on logs, as on a mail host: there is no database. All of 2026 in UTC if not told. */
export async function scan(logs: string[], ...options: string[]): Promise<ScanEnded> {
  const out = path.join(folder, `${++files}-lost.csv`)
  const told = (option: string, text: string) => (options.includes(option) ? [] : [option, text])
  const window = [...told('--from', '2026-01-01T00:00'), ...told('--to', '2027-01-01T00:00')]
  const where = [...told('--zone', 'UTC'), ...told('--out', out)]
  const ended = await mypage(
    'postgres://nowhere.invalid/none',
    'scan',
    ...logs,
    ...window,
    ...where,
    ...options
  )
  const read = (name: string) =>
    existsSync(name) ? (parse(readFileSync(name), { columns: true }) as Row[]) : []
  const summary = out.replace('.csv', '.summary.json')
  return {
    ...ended,
    out,
    lost: read(out).filter(row => row.class === 'lost'),
    unknown: read(out).filter(row => row.class === 'unknown'),
    outcomes: read(out.replace('.csv', '.outcomes.csv')),
    summary: existsSync(summary) ? JSON.parse(readFileSync(summary, 'utf8')) : undefined
  }
}

/** What became of the recipients, in words: `queue ID recipient: outcome`, in alphabetical order. */
export async function outcomesOf(logs: string[], ...options: string[]): Promise<string[]> {
  const { code, stderr, outcomes } = await scan(logs, ...options)
  assert.equal(code, 0, stderr)
  return wordsOf(outcomes)
}

export function wordsOf(outcomes: Row[]): string[] {
  return outcomes
    .map(({ queue_id, recipient, outcome, count }) =>
      [queue_id || '-', recipient || `${count} unnamed`].join(' ').concat(`: ${outcome}`)
    )
    .sort()
}
