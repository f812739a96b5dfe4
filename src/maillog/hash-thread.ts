import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

export type Hashed = { sha256: string } | { error: Error }

const buffer = Buffer.alloc(1 << 20)

parentPort?.on('message', (name: string) => parentPort?.postMessage(hashHere(name)))

function hashHere(name: string): Hashed {
  try {
    return { sha256: sha256Of(name) }
  } catch (error) {
    return { error: error as Error }
  }
}

function sha256Of(name: string): string {
  const hash = createHash('sha256')
  const file = openSync(name, 'r')
  try {
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
      hash.update(buffer.subarray(0, size))
    }
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}
