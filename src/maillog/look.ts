import type { Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { compressionOf } from './decompress.ts'
import type { LogFile, Skipped } from './files.ts'
import { formatOf, prefixOf } from './formats.ts'
import { peekInto, textOf } from './text.ts'

const kept = 64 * 1_024
export const sameFile = 'found before under another name'

/** `seen` is by device and inode, so that a file counts once; `isNamed` is what the operator named, and is in no folder. */
type Looking = { seen: Set<string>; isNamed: boolean }

/**
 * A log as it looks from its first lines, or why it is none.
 */
export async function lookAt(name: string, { seen, isNamed }: Looking): Promise<LogFile | Skipped> {
  try {
    const stats = name === '-' ? undefined : await stat(name)
    if (stats?.isDirectory()) return { name, reason: 'a link to a folder' }
    // A pipe may never say anything.
    if (stats && !stats.isFile() && !isNamed) return { name, reason: 'no file' }
    const key = stats ? `${stats.dev}:${stats.ino}` : name
    if (seen.has(key)) return { name, reason: sameFile }
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
  const common = {
    name,
    bytes: size,
    compression,
    mtime,
    ...(await beginningOf(textOf({ name, compression })))
  }
  if (compression !== 'plain') return { ...common, length: undefined, tail: '' }
  const end = { buffer: Buffer.alloc(Math.min(size, kept)), position: Math.max(0, size - kept) }
  const tail = await file.read(end)
  return { ...common, length: size, tail: tail.buffer.latin1Slice(0, tail.bytesRead) }
}

async function lookAtPipe(name: string): Promise<LogFile> {
  const { compression, text } = await peekInto(name)
  const unknown = { bytes: 0, length: undefined, tail: '' }
  return { name, ...unknown, compression, mtime: new Date(), ...(await beginningOf(text)) }
}

/** NUL bytes at the beginning are what a log has that was cut while it was written to. */
async function beginningOf(text: AsyncIterable<Buffer>): Promise<Pick<LogFile, 'head' | 'host'>> {
  let head = ''
  try {
    for await (const piece of text) {
      head = (head + piece.latin1Slice()).replace(/^\0+/, '')
      if (head.length >= kept) break
    }
  } catch (error) {
    if (head === '') throw error
  }
  head = head.slice(0, kept)
  const lines = head.split('\n')
  return { head, host: lines.map(prefixOf).find(prefix => prefix !== undefined)?.host }
}
