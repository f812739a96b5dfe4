import { Failure } from '../terminal/failure.ts'
import { type Line, linesOf, textOf } from './lines.ts'

/** One record; columns that the file does not have and empty cells are ''. */
export type CsvRow<Column extends string> = { line: number; values: Record<Column, string> }
export type CsvProblem = { line: number; problem: string }
export type CsvColumns<Column extends string> = { required: readonly Column[]; optional?: readonly Column[] }

/** The cell of each wanted column; -1 where the file does not have it. */
type Header<Column extends string> = { cells: number; columns: [Column, number][] }

// How many lines an open quote is followed over, to say where its cell ends.
const longestRecord = 10_000

/**
 * Reads a CSV file (RFC 4180, UTF-8 with or without BOM, LF or CRLF) whose first line names the
 * columns, in any order. No cell may hold a line break, so each line stands for itself and one that
 * is broken spoils no other. A quoted cell that does go on over several lines is one problem, and
 * none of those lines is taken for a row. Memory stays flat. Yields in the order of the file.
 * @param onProgress is told how many bytes have been read so far
 * @throws Failure when the file cannot be read or its header is wrong
 */
export async function* readCsv<Column extends string>(
  file: string,
  columns: CsvColumns<Column>,
  onProgress?: (bytesRead: number) => void
): AsyncGenerator<CsvRow<Column> | CsvProblem> {
  let header: Header<Column> | undefined
  let lines: Line[] = []
  let passed = 0
  for await (const block of linesOf(file, onProgress)) {
    lines = lines.concat(block.lines)
    let at = 0
    if (!header && lines[0] !== undefined) header = readHeader(file, lines[at++] as Line, columns)
    while (header && at < lines.length) {
      const end = endOfRecord(lines, at, block.last)
      if (!end) break
      const record = end === at + 1 ? readRecord(lines[at] as Line, header) : openCell(passed + end)
      if (record) yield { line: passed + at + 1, ...record }
      at = end
    }
    lines = lines.slice(at)
    passed += at
  }
}

function readHeader<Column extends string>(
  file: string,
  line: Line,
  { required, optional = [] }: CsvColumns<Column>
): Header<Column> {
  const known = [...required, ...optional]
  const names = (splitCells(textOf(line).replace(/^\uFEFF/, '')) ?? []).map(name => name.trim())
  const mistakes =
    typeof line === 'string'
      ? [
          ...required.filter(name => !names.includes(name)).map(name => `column ${name} is missing`),
          ...names.filter(name => !known.includes(name as Column)).map(name => `unknown column "${name}"`),
          ...known
            .filter(name => names.indexOf(name) !== names.lastIndexOf(name))
            .map(name => `column ${name} is there twice`)
        ]
      : [line.problem]
  if (mistakes.length === 0)
    return { cells: names.length, columns: known.map(name => [name, names.indexOf(name)]) }
  const more = optional.length > 0 ? `; there may also be: ${optional.join(',')}` : ''
  throw new Failure(
    `${file}, line 1: ${mistakes.join('; ')}.\nThe first line must name the columns: ${required.join(',')}${more}`
  )
}

/** The index after a record's last line; 0 when its open quote may close in the next block. */
function endOfRecord(lines: Line[], at: number, last: boolean): number {
  if (!isOpen(lines[at] as Line)) return at + 1
  for (let end = at + 1; end < at + longestRecord; end++) {
    const line = lines[end]
    if (line === undefined) return last ? at + 1 : 0
    if (!isOpen(line)) continue
    const record = lines
      .slice(at, end + 1)
      .map(textOf)
      .join('\n')
    return splitCells(record) ? end + 1 : at + 1
  }
  return at + 1
}

function isOpen(line: Line): boolean {
  const text = textOf(line)
  let open = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) open = !open
  return open
}

function readRecord<Column extends string>(line: Line, { cells, columns }: Header<Column>) {
  if (typeof line !== 'string') return { problem: line.problem }
  if (line === '') return undefined
  const found = splitCells(line)
  if (!found)
    return { problem: 'broken quoting: a cell with a " must be inside "…", and each " in it doubled' }
  if (found.length !== cells) return { problem: `${found.length} cells instead of ${cells}` }
  const values = {} as Record<Column, string>
  for (const [name, at] of columns) values[name] = found[at] ?? ''
  return { values }
}

function openCell(end: number) {
  return { problem: `a line break inside a cell, which goes on to line ${end}` }
}

/** The cells of a record, or undefined when its quoting is broken. */
function splitCells(record: string): string[] | undefined {
  if (!record.includes('"')) return record.split(',')
  const cells: string[] = []
  const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|$)/y
  for (let match = cell.exec(record); match; match = cell.exec(record)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === '') return cells
  }
  return undefined
}
