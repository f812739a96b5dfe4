import type { Facts, ScopeFacts } from './facts.ts'
import { type Rendered, type ReportText, renderReport } from './rendered.ts'

export type Revision = ReportText & { published_at: Date; reason_ja: string; reason_en: string }

/** What an incident told from a moment on. */
export type Told =
  | { at: Date; scope: ScopeFacts | null }
  | { at: Date; unaffected_ja: string; unaffected_en: string }

/** A report as it read from a moment on. */
export type Reading = {
  at: Date
  /** By what it came to read so: `figures` is a scope that was published or withdrawn. */
  by: 'publication' | 'correction' | 'figures' | 'wording'
  reason_ja: string
  reason_en: string
  /** The version of the scope that its figures are of; `null` for none. */
  version: number | null
  rendered: Rendered
}

/**
 * All readings of a report, the first one first: its texts, and what its placeholders read as when the incident's
 * scope, or what it says to be unaffected, was changed. What changed no word is left out.
 */
export function readingsOf(revisions: Revision[], told: Told[], incident: Omit<Facts, 'scope'>): Reading[] {
  const [first, ...corrections] = revisions
  if (!first) return []
  const before = told.filter(({ at }) => at <= first.published_at)
  let [text, facts] = [first, before.reduce<Facts>(apply, { ...incident, scope: null })]
  const readings = [readingAt(first.published_at, 'publication', text, facts)]
  const after = told.filter(({ at }) => at > first.published_at).map(event => ({ at: event.at, event }))
  const events = [...after, ...corrections.map(event => ({ at: event.published_at, event }))]
  for (const { at, event } of events.sort((one, other) => Number(one.at) - Number(other.at))) {
    if ('title_ja' in event) text = event
    else facts = apply(facts, event)
    const by = 'title_ja' in event ? 'correction' : 'scope' in event ? 'figures' : 'wording'
    const reading = readingAt(at, by, text, facts)
    if (JSON.stringify(reading.rendered) !== JSON.stringify(readings.at(-1)?.rendered)) readings.push(reading)
  }
  return readings
}

function apply(facts: Facts, event: Told): Facts {
  if ('scope' in event) return { ...facts, scope: event.scope }
  return { ...facts, unaffected_ja: event.unaffected_ja, unaffected_en: event.unaffected_en }
}

function readingAt(at: Date, by: Reading['by'], text: Revision, facts: Facts): Reading {
  const { reason_ja, reason_en } = by === 'correction' ? text : { reason_ja: '', reason_en: '' }
  const version = facts.scope?.version ?? null
  return { at, by, reason_ja, reason_en, version, rendered: renderReport(text, facts) }
}
