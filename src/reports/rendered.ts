import { createHash } from 'node:crypto'
import type { Language } from '../database/tables.ts'
import type { Facts } from './facts.ts'
import { renderMarkdown } from './markdown.ts'
import { fillPlaces, markPlaces, valuesOf } from './placeholders.ts'

export type ReportText = { title_ja: string; title_en: string; body_ja: string; body_en: string }

/** A report as it reads: the title is text, the body HTML that is safe to put into a page. */
export type Rendered = Record<Language, { title: string; body: string }>

export function renderReport(text: ReportText, facts: Facts): Rendered {
  return { ja: renderIn('ja', text, facts), en: renderIn('en', text, facts) }
}

function renderIn(language: Language, text: ReportText, facts: Facts) {
  const values = valuesOf(facts, language)
  return { title: titleIn(language, text, facts), body: renderBody(text[`body_${language}`], values) }
}

/** The title alone, for lists. */
export function titleIn(language: Language, text: ReportText, facts: Facts): string {
  return fillPlaces(markPlaces(text[`title_${language}`]), valuesOf(facts, language))
}

function renderBody(body: string, values: ReturnType<typeof valuesOf>): string {
  return fillPlaces(renderMarkdown(markPlaces(body)), values, escapeHtml)
}

/** By what an approval is bound to the very words that somebody saw, figures too. */
export function fingerprintOf(rendered: Rendered, ...more: string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([rendered, more]))
    .digest('base64url')
    .slice(0, 32)
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
