import type { ScopeTotals } from '../database/tables.ts'

/** What a report may say of its incident without anybody typing it. */
export type Facts = {
  zone: string
  starts_at: Date
  ends_at: Date
  domains: string[]
  unaffected_ja: string
  unaffected_en: string
  /** The published one, `null` while there is none. */
  scope: ScopeFacts | null
}

export type ScopeFacts = {
  version: number
  published_at: Date
  affected_addresses: number
  lost_messages: number | null
}

export function scopeFacts(version: number, published_at: Date, totals: ScopeTotals): ScopeFacts {
  const { affected_addresses, lost_messages } = totals
  return { version, published_at, affected_addresses, lost_messages }
}
