import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export type Search = { q: string; domain: string }

/** A search as text for the address of a page, which nobody but this account's pages can read. */
export function sealSearch(secret: string, accountId: string, search: Search): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFrom(secret), nonce).setAAD(Buffer.from(accountId))
  const text = Buffer.concat([cipher.update(JSON.stringify(search), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
}

/** @returns undefined for what was not sealed for this account with this secret */
export function openSearch(secret: string, accountId: string, sealed: string): Search | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < 28) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyFrom(secret), bytes.subarray(0, 12))
    decipher.setAAD(Buffer.from(accountId)).setAuthTag(bytes.subarray(12, 28))
    const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
    return JSON.parse(text.toString())
  } catch {
    return undefined
  }
}

function keyFrom(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'search', 32))
}
