import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

export type Compression = 'plain' | 'gzip' | 'zstd' | 'xz' | 'bzip2'

const magic: [Compression, RegExp][] = [
  ['gzip', /^1f8b08/],
  // A frame, or one to skip, which parallel compressors put first.
  ['zstd', /^(28b52ffd|5.2a4d18)/],
  ['xz', /^fd377a585a00/],
  ['bzip2', /^425a683[1-9](314159265359|177245385090)/]
]

/** Told by the first ten bytes, not by a name. */
export function compressionOf(bytes: Buffer): Compression {
  const start = bytes.subarray(0, 10).toString('hex')
  return magic.find(([, pattern]) => pattern.test(start))?.[0] ?? 'plain'
}

/** With pieces of 1 MiB it is three times as fast as with the usual ones. */
const chunkSize = 1 << 20

type Pieces = AsyncIterable<Buffer>

/**
 * Throws where the archive is broken or ends too early, after what could be read before.
 * For bzip2 see bunzip2.ts.
 */
export function decompress(compression: 'gzip' | 'zstd' | 'xz', source: Pieces): AsyncGenerator<Buffer> {
  if (compression === 'xz') return unxz(source)
  return inflate(source, compression === 'gzip' ? createGunzip : createZstdDecompress)
}

/** Reads the next piece while the last one is worked on. */
export async function* ahead(source: Pieces): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]()
  try {
    for (let next = begin(pieces); ; ) {
      const { done, value } = await next
      if (done) return
      next = begin(pieces)
      yield value
    }
  } finally {
    await pieces.return?.()
  }
}

/** A failure is told to who waits for it; meanwhile it is nobody's unhandled rejection. */
function begin(pieces: AsyncIterator<Buffer>) {
  const next = pieces.next()
  next.catch(() => {})
  return next
}

async function* inflate(source: Pieces, create: (options: { chunkSize: number }) => Engine) {
  let inflater = new Inflater(create({ chunkSize }))
  try {
    for await (const piece of source) {
      for (let rest = await inflater.write(piece); ; rest = await inflater.write(rest)) {
        yield* inflater.ready.splice(0)
        // Zeros at the end fill a block of a tape; anything else is another archive that follows.
        if (rest.every(byte => byte === 0)) break
        inflater.engine.destroy()
        inflater = new Inflater(create({ chunkSize }))
      }
    }
    await inflater.end()
    yield* inflater.ready.splice(0)
  } finally {
    inflater.engine.destroy()
  }
}

type Engine = Transform & { readonly bytesWritten: number }

/** A pipe would throw away what was decompressed just before an archive turns out to be broken. */
class Inflater {
  readonly engine: Engine
  readonly ready: Buffer[] = []
  readonly #ended: Promise<void>
  #fail: (error: Error) => void = () => {}

  constructor(engine: Engine) {
    this.engine = engine
    engine.on('data', piece => this.ready.push(piece)).on('error', error => this.#fail(error))
    this.#ended = new Promise(resolve => engine.once('end', resolve))
  }

  /** @returns what is left over when the archive ended before */
  write(piece: Buffer): Promise<Buffer> {
    const before = this.engine.bytesWritten
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.engine.write(piece, () => resolve(piece.subarray(this.engine.bytesWritten - before)))
    })
  }

  end(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#ended.then(resolve)
      this.engine.end()
    })
  }
}

/** https://github.com/tukaani-project/xz-embedded/blob/master/linux/include/linux/xz.h, enum xz_ret */
const xzProblems: Record<string, string> = {
  5: 'what follows is no xz archive',
  6: 'it was compressed with an option that is not known',
  7: 'the data is broken',
  8: 'unexpected end of file'
}

/** The package has one decoder for all: archives that are read at the same time wait for each other. */
async function* unxz(source: Pieces): AsyncGenerator<Buffer> {
  const { default: xz } = await import('xz-decompress')
  try {
    for await (const piece of new xz.XzReadableStream(ReadableStream.from(source))) {
      yield Buffer.from(piece.buffer as ArrayBuffer, piece.byteOffset, piece.length)
    }
  } catch (error) {
    const { message } = error as Error
    throw new Error(xzProblems[/\d$/.exec(message)?.[0] ?? ''] ?? message)
  }
}
