import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { Failure } from '../terminal/failure.ts'

/** A line without its end; where it cannot be read, why, and its text only for counting quotes. */
export type Line = string | { text: string; problem: string }

const blockBytes = 1 << 16
const longestLine = 1 << 16
const lf = 10

/**
 * The lines of a UTF-8 file, a block at a time; `last` is true for the block that ends the file.
 * @throws Failure when the file cannot be read
 */
export async function* linesOf(file: string, onProgress?: (bytesRead: number) => void) {
  let rest: Buffer = Buffer.alloc(0)
  let skipping = false
  let bytesRead = 0
  for await (const chunk of chunksOf(file)) {
    bytesRead += chunk.length
    onProgress?.(bytesRead)
    const bytes = Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(lf) + 1
    rest = bytes.subarray(end)
    const lines = end > 0 ? decode(bytes.subarray(0, end - 1)) : []
    if (skipping && end > 0) {
      lines[0] = tooLong(lines[0])
      skipping = false
    }
    if (rest.length > longestLine) skipping = true
    if (skipping) rest = openQuoteOf(rest)
    yield { lines, last: false }
  }
  const lines = decode(rest)
  if (skipping) lines[0] = tooLong(lines[0])
  yield { lines, last: true }
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file, { highWaterMark: blockBytes })
  } catch (error) {
    throw new Failure(`The file ${file} cannot be read: ${(error as Error).message}`)
  }
}

/** What is kept of a line that is far too long: whether it leaves a quote open. */
function openQuoteOf(bytes: Buffer): Buffer {
  const quotes = bytes.toString('latin1').split('"').length - 1
  return Buffer.from(quotes % 2 === 1 ? '"' : '')
}

function decode(bytes: Buffer): Line[] {
  if (isUtf8(bytes)) return bytes.toString().split('\n').map(checked)
  return bytes.toString('latin1').split('\n').map(decodeLine)
}

function decodeLine(latin1: string): Line {
  const bytes = Buffer.from(latin1, 'latin1')
  if (isUtf8(bytes)) return checked(bytes.toString())
  const advice = 'in Excel, save the file as "CSV UTF-8 (comma delimited)"'
  return { text: latin1, problem: `not UTF-8 (Shift_JIS, perhaps): ${advice}` }
}

function checked(text: string): Line {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text
  if (line.length > longestLine) return tooLong(line)
  if (line.includes('\0')) return { text, problem: 'a NUL character; is this a text file in UTF-8?' }
  return line.includes('\r') ? { text, problem: 'a carriage return (CR) inside the line' } : line
}

function tooLong(line: Line = ''): Line {
  return { text: textOf(line), problem: `longer than ${longestLine} characters` }
}

export function textOf(line: Line): string {
  return typeof line === 'string' ? line : line.text
}
