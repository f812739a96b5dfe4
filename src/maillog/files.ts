import { createReadStream, type Stats } from 'node:fs'
import { glob, open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { bunzip2 } from './bunzip2.ts'
import { ahead, type Compression, compressionOf, decompress } from './decompress.ts'
import { formatOf, prefixOf } from './formats.ts'

export type LogFile = {
  /** As given or found; `-` is standard input. */
  name: string
  /** As it is, compressed; 0 for what comes through a pipe. */
  bytes: number
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

/** A log that cannot be read to its end. `at` is how many bytes of its text came before. */
export class BrokenLog extends Error {
  readonly at: number

  constructor({ name }: LogFile, at: number, reason: string) {
    super(`${name} cannot be read beyond byte ${at} of its text: ${reason}`)
    this.at = at
  }
}

const kept = 64 * 1_024
const mega = 1 << 20

/** By name, what came through a pipe when its beginning was looked at, and what is still to come. */
const pipes = new Map<string, AsyncIterable<Buffer>>()

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
    for (const file of await filesOf(name)) {
      const looked = await lookAt(file, seen)
      if ('reason' in looked) found.skipped.push(looked)
      else found.logs.push(looked)
    }
  }
  return found
}

async function filesOf(name: string): Promise<string[]> {
  if (name === '-') return [name]
  const files: string[] = []
  for (const match of await matchesOf(name)) {
    if (!(await stat(match)).isDirectory()) files.push(match)
    else
      for (const entry of await readdir(match, { recursive: true, withFileTypes: true })) {
        if (!entry.isDirectory()) files.push(path.join(entry.parentPath, entry.name))
      }
  }
  return files.sort()
}

async function matchesOf(name: string): Promise<string[]> {
  const exists = await stat(name).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
      throw new Error(`${name} cannot be read: ${error.message}`)
    }
  )
  if (exists) return [name]
  const matches = await Array.fromAsync(glob(name))
  if (matches.length > 0) return matches
  throw new Error(
    /[*?[{]/.test(name)
      ? `The pattern "${name}" matches no file. Try it with ls first.`
      : `There is no file or folder "${name}". Check the path and where it starts from: ${process.cwd()}`
  )
}

async function lookAt(name: string, seen: Set<string>): Promise<LogFile | Skipped> {
  try {
    const stats = name === '-' ? undefined : await stat(name)
    if (stats?.isDirectory()) return { name, reason: 'a link to a folder' }
    const key = stats ? `${stats.dev}:${stats.ino}` : name
    if (seen.has(key)) return { name, reason: 'found before under another name' }
    seen.add(key)
    const log = stats?.isFile() ? await lookAtFile(name, stats) : await lookAtPipe(name)
    if (log.head === '') return { name, reason: 'empty' }
    if (formatOf(log.head).name === 'unknown') return { name, reason: 'no line of it looks like a log' }
    return log
  } catch (error) {
    return { name, reason: (error as Error).message }
  }
}

async function lookAtFile(name: string, { size, mtime }: Stats): Promise<LogFile> {
  await using file = await open(name)
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(10), position: 0 })
  const compression = compressionOf(buffer.subarray(0, bytesRead))
  const log: LogFile = { name, bytes: size, compression, mtime, head: '', tail: '', host: undefined }
  await lookInto(log, readLog(log))
  if (compression !== 'plain') return log
  const position = Math.max(0, size - kept)
  const end = await file.read({ buffer: Buffer.alloc(Math.min(size, kept)), position })
  log.tail = end.buffer.latin1Slice(0, end.bytesRead)
  return log
}

async function lookAtPipe(name: string): Promise<LogFile> {
  const stream = createReadStream(name, {
    highWaterMark: mega,
    ...(name === '-' && { fd: 0, autoClose: false })
  })
  const rest = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const begin: Buffer[] = []
  for (let size = 0; size < mega; ) {
    const { done, value } = await rest.next()
    if (done) break
    begin.push(value)
    size += value.length
  }
  const compression = compressionOf(Buffer.concat(begin).subarray(0, 10))
  const log: LogFile = { name, bytes: 0, compression, mtime: new Date(), head: '', tail: '', host: undefined }
  await lookInto(log, unpack(compression, from(begin)))
  pipes.set(name, from(begin, rest))
  return log
}

async function* from(begin: Buffer[], rest?: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* begin
  if (rest) yield* { [Symbol.asyncIterator]: () => rest }
}

/** NUL bytes at the beginning are what a log has that was cut while it was written to. */
async function lookInto(log: LogFile, pieces: AsyncIterable<Buffer>) {
  let head = ''
  try {
    for await (const piece of pieces) {
      head = (head + piece.latin1Slice()).replace(/^\0+/, '')
      if (head.length >= kept) break
    }
  } catch (error) {
    if (head === '') throw error
  }
  log.head = head.slice(0, kept)
  log.host = log.head
    .split('\n')
    .map(prefixOf)
    .find(prefix => prefix !== undefined)?.host
}

/**
 * The text of a log in pieces of about 1 MiB; they are not used again.
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

function textOf(log: LogFile, start: number): AsyncIterable<Buffer> {
  const { name, compression } = log
  const pipe = pipes.get(name)
  if (pipe) return unpack(compression, pipe)
  if (compression === 'plain') return createReadStream(name, { start, highWaterMark: mega })
  if (compression === 'bzip2') return bunzip2({ name })
  return decompress(compression, createReadStream(name, { highWaterMark: mega / 8 }))
}

async function* unpack(compression: Compression, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (compression === 'plain') yield* source
  else if (compression === 'bzip2') yield* bunzip2({ bytes: Buffer.concat(await Array.fromAsync(source)) })
  else yield* decompress(compression, source)
}
