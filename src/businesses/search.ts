import { canonicalDomain, canonicalEmail } from '../accounts/canonical.ts'
import type { Search } from './sealed.ts'

/** A search in the form in which addresses are kept; an empty field does not narrow the list. */
export function canonicalSearch({ q, domain }: Search): Search {
  return { q: canonicalEmail(q) ?? folded(q), domain: canonicalDomain(domain) ?? folded(domain) }
}

/**
 * What an address must be like: contain the text, or begin with it when it has one or two characters.
 * `parts`: every three characters of the text by which addresses can be looked up.
 */
export type Pattern = { like: string; prefix: boolean; parts: string[] }

export function patternOf(text: string): Pattern | undefined {
  if (text === '') return undefined
  const prefix = [...text].length < 3
  const literal = text.replace(/[\\%_]/g, '\\$&')
  // Only of letters and digits that stand together does the index of parts know what a person means.
  const parts = [...text.matchAll(/(?=([a-z0-9]{3}))/g)].map(([, part = '']) => part)
  return { like: prefix ? `${literal}%` : `%${literal}%`, prefix, parts: [...new Set(parts)] }
}

const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu

function folded(text: string): string {
  return text.normalize('NFKC').replace(unseen, '').trim().toLowerCase().normalize('NFKC')
}
