import { type Static, Type } from 'typebox'
import type { Incident } from '../incidents/queries.ts'
import { timeReader } from '../incidents/time.ts'
import { type findSending, type Rates, slowestRate } from '../notices/queries.ts'
import { type FieldError, readForm } from '../web/forms.ts'

const RateForm = Type.Object({
  rate: Type.String({ pattern: '^\\s*[0-9]{1,6}([.][0-9]{1,20})?\\s*$' }),
  domain_rate: Type.String({ pattern: '^\\s*([0-9]{1,6}([.][0-9]{1,20})?)?\\s*$', default: '' }),
  deadline: Type.String({ default: '', maxLength: 40 }),
  heeds_login: Type.Enum(['yes', 'no'], { default: 'no' }),
  wave_size: Type.String({ pattern: '^\\s*([1-9][0-9]{0,6})?\\s*$', default: '' }),
  wave_minutes: Type.String({ pattern: '^\\s*([0-9]{1,4}([.][0-9]{1,20})?)?\\s*$', default: '' }),
  /** What the form was filled with. */
  seen: Type.String({ default: '' })
})

type Sending = Awaited<ReturnType<typeof findSending>>

/** What a form is filled with, to tell whether a colleague has changed it meanwhile. */
export function seenOf(sending: Sending): string {
  const { rate, domain_rate, deadline, wave_size, wave_pause, heeds_login } = sending ?? {}
  return JSON.stringify([rate, domain_rate, deadline, wave_size, wave_pause, heeds_login])
}

/** How notices are to go out, as it was typed. */
export function readRates(body: unknown, incident: Incident, sending: Sending): Rates | FieldError[] {
  const { values, errors } = readForm(RateForm, body)
  if (!values) return errors
  if (values.seen !== '' && values.seen !== seenOf(sending))
    return [{ field: 'rate', text: 'errors.rates_changed' }]
  return ratesIn(values, incident)
}

function ratesIn(
  { rate, domain_rate, deadline, heeds_login, wave_size, wave_minutes }: Static<typeof RateForm>,
  { zone }: Incident
): Rates | FieldError[] {
  const all = Number(rate)
  if (all < slowestRate) return [{ field: 'rate', text: 'errors.rate' }]
  const size = Number(wave_size)
  const wave = size > 0 ? { size, pause: Math.round(60 * Number(wave_minutes)) } : null
  const heedsLogin = heeds_login === 'yes'
  const rates = { rate: all, domainRate: Number(domain_rate) || null, wave, heedsLogin }
  if (deadline.trim() === '') return { ...rates, deadline: null }
  const read = timeReader(zone)(deadline.trim())
  if ('problem' in read) return [{ field: 'deadline', text: 'errors.deadline' }]
  return { ...rates, deadline: read.time }
}
