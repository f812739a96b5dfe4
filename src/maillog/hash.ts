import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const mega = 1 << 20

/** SHA-256, in hex, of a file as it is. Rejects with the words of `node:fs` for a file that cannot be read. */
export async function hashFile(name: string): Promise<string> {
  await using file = await open(name)
  const hash = createHash('sha256')
  const read = (buffer: Buffer<ArrayBuffer>) => file.read(buffer, 0, mega)
  let next = read(Buffer.allocUnsafeSlow(mega))
  // The next piece is read while this one is hashed.
  for (let spare = Buffer.allocUnsafeSlow(mega); ; ) {
    const { buffer, bytesRead } = await next
    if (bytesRead === 0) return hash.digest('hex')
    next = read(spare)
    hash.update(buffer.subarray(0, bytesRead))
    spare = buffer
  }
}
