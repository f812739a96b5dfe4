import { type Static, Type } from 'typebox'
import type { Mistake, Typed } from '../incidents/description.ts'
import type { Incident } from '../incidents/queries.ts'
import { stampIn } from '../incidents/time.ts'
import type { FieldError } from '../web/forms.ts'

const Text = Type.String({ default: '', maxLength: 20_000 })

/** Everything in it is text; what it means is read by incidents/description.ts. */
export const Form = Type.Object({
  ...{ slug: Text, from: Text, to: Text, zone: Text, domains: Text },
  ...{ title_ja: Text, title_en: Text, unaffected_ja: Text, unaffected_en: Text }
})

export type Values = Static<typeof Form>

/** What the form shows of an incident; of none, what is usual. */
export function formOf(incident: Incident | undefined): Values {
  if (!incident) {
    const texts = { title_ja: '', title_en: '', unaffected_ja: '', unaffected_en: '' }
    return { slug: '', from: '', to: '', zone: 'Asia/Tokyo', domains: '', ...texts }
  }
  const { slug, zone, title_ja, title_en, unaffected_ja, unaffected_en } = incident
  // As the browser's own field for a local time has it; seconds only where there are any.
  const local = (time: Date) => stampIn(zone)(time).replace(' ', 'T').replace(/:00$/, '')
  const facts = { from: local(incident.starts_at), to: local(incident.ends_at), zone }
  const texts = { title_ja, title_en, unaffected_ja, unaffected_en }
  return { slug, ...facts, domains: incident.domains.join('\n'), ...texts }
}

/** Domains may be separated by line breaks, spaces or commas, also those of a Japanese keyboard. */
export function typedIn({ domains, ...values }: Values): Typed {
  const trimmed = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, text.trim()]))
  const names = domains.split(/[\s,、，;]+/).filter(Boolean)
  return { ...values, ...trimmed, domains: names }
}

/** One error a field; what is missing is told otherwise than what is wrong. */
export function errorsOf(mistakes: Mistake[], values: Values): FieldError[] {
  return mistakes.map(({ field }) => {
    if (field === 'order') return { field: 'to', text: 'errors.incident_order' }
    const missing = values[field].trim() === ''
    if ((field === 'from' || field === 'to') && missing) return { field, text: 'errors.incident_no_time' }
    if (field === 'from' || field === 'to') return { field, text: 'errors.incident_time' }
    return { field, text: `errors.incident_${field}` }
  })
}
