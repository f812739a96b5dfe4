import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Hashed } from './hash-thread.ts'

let thread: Worker | undefined
let queue: Promise<unknown> = Promise.resolve()

/**
 * SHA-256, in hex, of a file as it is, computed in a thread beside the scan. Several files are hashed one
 * after the other. Rejects with the words of `node:fs` for a file that cannot be read.
 */
export function hashFile(name: string): Promise<string> {
  const hash = queue.then(() => hashNext(name))
  queue = hash.catch(() => {})
  return hash
}

async function hashNext(name: string): Promise<string> {
  thread ??= new Worker(new URL('./hash-thread.ts', import.meta.url))
  thread.ref()
  thread.postMessage(name)
  const [hashed] = (await once(thread, 'message')) as [Hashed]
  // A thread without work keeps no process alive.
  thread.unref()
  if ('error' in hashed) throw hashed.error
  return hashed.sha256
}
