import { on } from 'node:events'
import { Worker } from 'node:worker_threads'

export type Bzip2 = { name: string } | { bytes: Uint8Array }
export type Work = { input: Bzip2; taken: Int32Array; waiting: number }
export type Answer = { piece: Uint8Array<ArrayBuffer> } | { end: string | undefined }

/** How many pieces, of 900 kB mostly, wait to be taken. */
const waiting = 4

/**
 * Decompresses bzip2 in a thread, as the package does it in one go. Throws where the archive is broken
 * or ends too early, after the blocks before.
 */
export async function* bunzip2(input: Bzip2): AsyncGenerator<Buffer> {
  const taken = new Int32Array(new SharedArrayBuffer(4))
  const workerData: Work = { input, taken, waiting }
  const worker = new Worker(new URL('./bunzip2-thread.ts', import.meta.url), { workerData })
  try {
    for await (const [answer] of on(worker, 'message') as AsyncIterable<[Answer]>) {
      if ('piece' in answer) {
        Atomics.add(taken, 0, 1)
        Atomics.notify(taken, 0)
        yield Buffer.from(answer.piece.buffer)
      } else if (answer.end === undefined) return
      else throw new Error(answer.end)
    }
  } finally {
    await worker.terminate()
  }
}
