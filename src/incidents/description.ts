import { canonicalDomain } from '../accounts/canonical.ts'
import type { NewIncident } from './queries.ts'
import { knownZone, timeReader } from './time.ts'

/** An incident as somebody types it; times with an offset, or as the clocks of the zone showed. */
export type Typed = {
  slug: string
  title_ja: string
  title_en: string
  unaffected_ja: string
  unaffected_en: string
  from: string
  to: string
  zone: string
  domains: string[]
}

export type Description = NewIncident & { domains: string[] }

/** `why` is for people at a terminal; `order` is an end before the start. */
export type Mistake = { field: keyof Typed | 'order'; why: string }

const longest = { slug: 80, title: 200, unaffected: 500 }

/** Reads what is typed, or says everything that is wrong with it. */
export function readDescription(typed: Typed): Description | { mistakes: Mistake[] } {
  const { slug, zone: asked, from, to } = typed
  const zone = knownZone(asked)
  const mistakes: Mistake[] = [...mistakesOfTexts(typed)]
  if (slug.length > longest.slug || slug === 'new' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))
    mistakes.unshift({
      field: 'slug',
      why: `"${slug}" must be lower-case letters and digits with single hyphens: mail-2017-04`
    })
  if (!zone)
    mistakes.push({ field: 'zone', why: `there is no time zone "${asked}"; write one such as Asia/Tokyo` })
  const readTime = timeReader(zone ?? 'UTC')
  const [start, end] = [readTime(from), readTime(to)]
  if ('problem' in start) mistakes.push({ field: 'from', why: start.problem })
  if ('problem' in end) mistakes.push({ field: 'to', why: end.problem })
  if ('time' in start && 'time' in end && start.time >= end.time)
    mistakes.push({ field: 'order', why: `The window ends (${to}) before it starts (${from}).` })
  const domains = readDomains(typed.domains, mistakes)
  if (mistakes.length > 0 || !zone || !('time' in start) || !('time' in end)) return { mistakes }
  const { title_ja, title_en, unaffected_ja, unaffected_en } = typed
  const texts = { title_ja, title_en, unaffected_ja, unaffected_en }
  return { slug, ...texts, starts_at: start.time, ends_at: end.time, zone, domains }
}

function* mistakesOfTexts(typed: Typed): Generator<Mistake> {
  for (const field of ['title_ja', 'title_en'] as const)
    if (typed[field].trim() === '' || typed[field].length > longest.title)
      yield { field, why: `a title has 1 to ${longest.title} characters` }
  for (const field of ['unaffected_ja', 'unaffected_en'] as const)
    if (typed[field].length > longest.unaffected)
      yield { field, why: `this has ${longest.unaffected} characters at the most` }
}

function readDomains(names: string[], mistakes: Mistake[]): string[] {
  const read = names.map(name => ({ name, domain: canonicalDomain(name) }))
  const wrong = read.find(({ domain }) => domain === undefined)
  if (wrong) mistakes.push({ field: 'domains', why: `"${wrong.name}" is not a domain` })
  if (names.length === 0) mistakes.push({ field: 'domains', why: 'at least one domain is needed' })
  return [...new Set(read.flatMap(({ domain }) => domain ?? []))]
}
