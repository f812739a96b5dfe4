import { seal, unseal } from '../web/seal.ts'

export type Search = { q: string; domain: string }

/** A search as text for the address of a page, which nobody but this account's pages can read. */
export function sealSearch(secret: string, accountId: string, search: Search): string {
  return seal({ secret, purpose: 'search' }, accountId, JSON.stringify(search))
}

/** @returns undefined for what was not sealed for this account with this secret */
export function openSearch(secret: string, accountId: string, sealed: string): Search | undefined {
  const text = unseal({ secret, purpose: 'search' }, accountId, sealed)
  return text === undefined ? undefined : JSON.parse(text)
}
