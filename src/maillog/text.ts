import { createReadStream, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { bunzip2 } from './bunzip2.ts'
import { type Compression, compressionOf, decompress } from './decompress.ts'
import type { LogFile } from './files.ts'

const mega = 1 << 20

/** By name, what came through a pipe when its beginning was looked at, and what is still to come. */
const pipes = new Map<string, AsyncIterable<Buffer>>()

/** The text of a log, decompressed; of a plain file from a byte on. */
export function textOf(
  { name, compression }: Pick<LogFile, 'name' | 'compression'>,
  start = 0
): AsyncIterable<Buffer> {
  const pipe = pipes.get(name)
  if (pipe) return unpack(compression, pipe)
  if (compression === 'plain') return readPlain(name, start)
  if (compression === 'bzip2') return bunzip2({ name })
  // Small pieces: what one gives is lost when the archive turns out to be broken in it.
  return decompress(compression, createReadStream(name, { highWaterMark: mega / 32 }))
}

/**
 * Two buffers in turn: half the work of a stream, which makes a new one for every piece. To read at once costs no more
 * than to ask another thread for it, and spares that one's work.
 */
async function* readPlain(name: string, start: number): AsyncGenerator<Buffer> {
  await using file = await open(name)
  const buffers = [Buffer.allocUnsafeSlow(mega), Buffer.allocUnsafeSlow(mega)]
  for (let position = start, turn = 0; ; turn ^= 1) {
    const buffer = buffers[turn] as Buffer
    const length = readSync(file.fd, buffer, 0, mega, position)
    if (length === 0) return
    yield buffer.subarray(0, length)
    position += length
  }
}

/** Takes the first MiB out of a pipe, or standard input, and puts it back for `textOf`. */
export async function peekInto(
  name: string
): Promise<{ compression: Compression; text: AsyncIterable<Buffer> }> {
  // As a file it could not be read: where it is a pipe, to read it fails as long as nothing has come.
  const source = name === '-' ? process.stdin : createReadStream(name, { highWaterMark: mega })
  const rest: AsyncIterator<Buffer> = source[Symbol.asyncIterator]()
  const begin: Buffer[] = []
  for (let size = 0; size < mega; ) {
    const { done, value } = await rest.next()
    if (done) break
    begin.push(value)
    size += value.length
  }
  pipes.set(name, inTurn(begin, rest))
  const compression = compressionOf(Buffer.concat(begin).subarray(0, 10))
  return { compression, text: unpack(compression, inTurn(begin)) }
}

export function isPipe(name: string): boolean {
  return pipes.has(name)
}

async function* inTurn(begin: Buffer[], rest?: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* begin
  if (rest) yield* { [Symbol.asyncIterator]: () => rest }
}

async function* unpack(compression: Compression, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (compression === 'plain') yield* source
  else if (compression === 'bzip2') yield* bunzip2({ bytes: Buffer.concat(await Array.fromAsync(source)) })
  else yield* decompress(compression, source)
}
