import { openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import bunzip from 'seek-bzip'
import type { Answer, Bzip2, Work } from './bunzip2.ts'

const { input, taken, waiting }: Work = workerData
const next = reader(input)
let piece: Uint8Array = new Uint8Array()
let at = 0
let output = new Uint8Array(1 << 20)
let filled = 0
let given = 0

class Source extends bunzip.Stream {
  readByte(): number {
    // A block is read when the one before is complete and its checksum was right.
    if (filled > 0) give()
    if (this.eof()) throw new Error('unexpected end of file')
    return piece[at++] as number
  }

  eof(): boolean {
    if (at < piece.length) return false
    piece = next()
    at = 0
    return piece.length === 0
  }
}

class Target extends bunzip.Stream {
  writeByte(byte: number) {
    if (filled === output.length) {
      const larger = new Uint8Array(2 * filled)
      larger.set(output)
      output = larger
    }
    output[filled++] = byte
  }
}

answer({ end: decode() })

function decode(): string | undefined {
  try {
    bunzip.decode(new Source(), new Target(), true)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function give() {
  const full = output.slice(0, filled)
  filled = 0
  answer({ piece: full })
  given++
  for (let done = Atomics.load(taken, 0); given - done >= waiting; done = Atomics.load(taken, 0)) {
    Atomics.wait(taken, 0, done)
  }
}

function answer(message: Answer) {
  parentPort?.postMessage(message, 'piece' in message ? [message.piece.buffer] : [])
}

function reader(input: Bzip2): () => Uint8Array {
  if ('bytes' in input) return () => (piece === input.bytes ? new Uint8Array() : input.bytes)
  const file = openSync(input.name, 'r')
  const buffer = Buffer.alloc(1 << 20)
  return () => buffer.subarray(0, readSync(file, buffer))
}
