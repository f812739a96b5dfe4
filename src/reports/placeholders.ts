import type { Language } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import { textsIn } from '../web/language.ts'
import type { Facts } from './facts.ts'

/** What a text may leave to the incident, and to its published scope: that cannot be there yet, or be withdrawn. */
export const placeholders = {
  window: 'incident',
  window_start: 'incident',
  window_end: 'incident',
  domains: 'incident',
  unaffected: 'incident',
  affected_addresses: 'scope',
  lost_messages: 'scope',
  scope_version: 'scope',
  scope_time: 'scope'
} as const
export type Placeholder = keyof typeof placeholders

/** Braces of a Japanese keyboard count too. What is not closed on its line is found as well. */
const pattern = /(?:\{\{|｛｛)(.*?)(?:\}\}|｝｝|$)/gm
// Marks of a place, from Unicode's private use: to Markdown a letter, so that **{{…}}** is bold.
const [opens, closes] = ['\uE000', '\uE001']
const marks = /\uE000([a-z_]+)\uE001/g
// What somebody types of them, also as a character reference of HTML, which Markdown turns into the character.
const typedMarks = /[\uE000\uE001]|&#(?:x0*e00[01]|0*5734[45]);/gi

export type Unknown = { line: number; name: string }

/** Placeholders that there are not, with their lines. */
export function findUnknown(text: string): Unknown[] {
  return text
    .split('\n')
    .flatMap((content, at) =>
      [...content.matchAll(pattern)]
        .filter(([whole, name = '']) => !isClosed(whole) || !isKnown(nameOf(name)))
        .map(([whole, name = '']) => ({ line: at + 1, name: isClosed(whole) ? name.trim() : whole }))
    )
}

/** Which of the known placeholders stand in a text. */
function placeholdersIn(text: string): Placeholder[] {
  const found = [...text.matchAll(pattern)].map(([, name = '']) => nameOf(name)).filter(isKnown)
  return [...new Set(found)]
}

/** The text with a mark for each placeholder, to be filled after Markdown is rendered: data are never read as Markdown. */
export function markPlaces(text: string): string {
  return text
    .replaceAll(typedMarks, '\uFFFD')
    .replaceAll(pattern, (whole, name: string) =>
      isClosed(whole) && isKnown(nameOf(name)) ? `${opens}${nameOf(name)}${closes}` : whole
    )
}

/** Puts values in the places; `write` makes text of the kind that is wanted of each. */
export function fillPlaces(
  marked: string,
  values: Record<Placeholder, string>,
  write = (text: string) => text
): string {
  return marked.replaceAll(marks, (_, name: Placeholder) => write(values[name] ?? ''))
}

/**
 * What each placeholder reads as in a language. Japanese numbers come with their counter, and what the published scope does
 * not tell stands in brackets in English, so that a sentence about it reads well too.
 */
export function valuesOf(facts: Facts, language: Language): Record<Placeholder, string> {
  const { starts_at, ends_at, zone, domains, scope } = facts
  const [t, format] = [textsIn(language), formatsFor(language, zone)]
  const open = t('reports.open')
  const counted = (name: string, value: number | null | undefined) =>
    value == null ? open : t(`reports.${name}`, { number: format.number(value) })
  return {
    window: format.span(starts_at, ends_at),
    window_start: format.moment(starts_at),
    window_end: format.moment(ends_at),
    domains: domains.join(language === 'ja' ? '、' : ', '),
    unaffected: facts[`unaffected_${language}`],
    affected_addresses: counted('addresses', scope?.affected_addresses),
    lost_messages: counted('messages', scope?.lost_messages),
    scope_version: counted('version', scope?.version),
    scope_time: scope ? format.moment(scope.published_at) : open
  }
}

/** What a text asks of the published scope that it does not tell. */
export function missingIn(text: string, { scope }: Facts): Placeholder[] {
  return placeholdersIn(text).filter(
    name =>
      placeholders[name] === 'scope' && (!scope || (name === 'lost_messages' && scope.lost_messages === null))
  )
}

function isClosed(whole: string): boolean {
  return /(\}\}|｝｝)$/.test(whole)
}

function nameOf(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase()
}

function isKnown(name: string): name is Placeholder {
  return Object.hasOwn(placeholders, name)
}
