import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** The portal's secret, and what for: what is sealed for one purpose opens for no other. */
export type Key = { secret: string; purpose: string }

/**
 * Text that only the portal can read (AES-256-GCM), for whom or what it is bound to.
 * @returns base64url
 */
export function seal(key: Key, bound: string, text: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFrom(key), nonce).setAAD(Buffer.from(bound))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** @returns undefined for what was not sealed with this key and bound to this */
export function unseal(key: Key, bound: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < 28) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyFrom(key), bytes.subarray(0, 12))
    decipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()
  } catch {
    return undefined
  }
}

function keyFrom({ secret, purpose }: Key): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
}
