import { ahead, type Compression } from './decompress.ts'
import { lookAt } from './look.ts'
import { filesNamed } from './names.ts'
import { isPipe, textOf } from './text.ts'

export type LogFile = {
  /** As given or found; `-` is standard input. */
  name: string
  /** As it is, compressed; 0 for what comes through a pipe. */
  bytes: number
  /** Of its text; known of plain files, and of those that begin like another one. */
  length: number | undefined
  compression: Compression
  mtime: Date
  /** The first 64 KiB of text, in latin1. */
  head: string
  /** The last 64 KiB of a plain file; empty where that is not to be had without reading all. */
  tail: string
  /** The host of the first line that can be read; Exim and Dovecot write none into their own logs. */
  host: string | undefined
}
export type Skipped = { name: string; reason: string }
export type Found = { logs: LogFile[]; skipped: Skipped[] }

/** What is said of an archive that is not whole. */
const earlyEnd = /unexpected (?:end of file|input eof)/i

/** A log that cannot be read to its end. `at` is how many bytes of its text came before. */
export class BrokenLog extends Error {
  readonly at: number
  /** Whether what came before may be wrong: an archive that does not end too early, but is damaged. */
  readonly isDamaged: boolean

  constructor({ name, compression }: LogFile, at: number, reason: string) {
    super(`${name} cannot be read beyond byte ${at} of its text: ${reason}`)
    this.at = at
    this.isDamaged = compression !== 'plain' && !earlyEnd.test(reason)
  }
}

/**
 * The logs behind names of files, folders (with all that is in them), patterns, and `-` for standard
 * input. What does not look like a log when decompressed is skipped with a reason; so is a file that
 * was already found under another name. Throws an Error in words for the operator for a name that
 * leads to nothing.
 */
export async function findLogs(names: string[]): Promise<Found> {
  const found: Found = { logs: [], skipped: [] }
  const seen = new Set<string>()
  for (const name of names) {
    for (const file of name === '-' ? [name] : await filesNamed(name)) {
      const looked = await lookAt(file, { seen, isNamed: file === name })
      if ('reason' in looked) found.skipped.push(looked)
      else found.logs.push(looked)
    }
  }
  for (const log of found.logs) {
    if (found.logs.some(other => other !== log && beginAlike(log, other))) log.length ??= await measure(log)
  }
  return found
}

/** Whether two logs are one and its copy, made later or earlier, or compressed. */
export function beginAlike({ head: one }: LogFile, { head: other }: LogFile): boolean {
  return one.startsWith(other) || other.startsWith(one)
}

/** A broken archive is as long as what can be read of it; what comes through a pipe is read once only. */
async function measure(log: LogFile): Promise<number | undefined> {
  if (isPipe(log.name)) return undefined
  let length = 0
  try {
    for await (const piece of textOf(log)) length += piece.length
  } catch {
    return length
  }
  return length
}

/**
 * The text of a log in pieces of 1 MiB or less; the next one is read ahead. A piece is good until the one
 * after it is asked for.
 * Throws BrokenLog where it cannot be read further, after what could be read.
 * @param start the first byte to read, of plain files only
 */
export async function* readLog(log: LogFile, { start = 0 }: { start?: number } = {}): AsyncGenerator<Buffer> {
  let at = start
  try {
    for await (const piece of ahead(textOf(log, start))) {
      yield piece
      at += piece.length
    }
  } catch (error) {
    throw new BrokenLog(log, at, (error as Error).message)
  }
}
