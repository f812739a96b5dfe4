import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** SHA-256, in hex, of a file as it is. Rejects with the words of `node:fs` for a file that cannot be read. */
export async function hashFile(name: string): Promise<string> {
  await using file = await open(name)
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(1 << 20)
  for (;;) {
    const { bytesRead } = await file.read(buffer)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
  }
}
