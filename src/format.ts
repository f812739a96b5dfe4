import type { Language } from './database/tables.ts'

const locales = { ja: 'ja-JP', en: 'en-GB' } as const
const kinds = {
  day: { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' },
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  second: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  stamp: { dateStyle: 'short', timeStyle: 'medium' },
  zone: { timeZoneName: 'long' }
} satisfies Record<string, Intl.DateTimeFormatOptions>

type Kind = keyof typeof kinds
type Moment = Date | string

/** Dates, times and numbers as people write them in a language, in an incident's time zone. */
export function formatsFor(language: Language, zone: string) {
  const write = (kind: Kind) => (moment: Moment) => formatter(kind, zone, language).format(new Date(moment))
  const [time, second] = [write('time'), write('second')]
  const [gap, dash] = language === 'ja' ? ['', '〜'] : [' ', ' – ']
  /** Intl brackets the weekday in half-width, between Japanese characters. */
  const day = (at: Moment) => write('day')(at).replace(/\((.)\)/, '（$1）')
  const moment = (at: Moment) => day(at) + gap + time(at)
  return {
    day,
    time,
    second,
    moment,
    /** To the second, as mail servers write it. */
    exact: (at: Moment) => day(at) + gap + second(at),
    /** From and to; the day of the end only where it is another day, one minute alone. */
    span: (from: Moment, to: Moment) => {
      if (moment(from) === moment(to)) return moment(from)
      return `${moment(from)}${dash}${day(from) === day(to) ? time(to) : moment(to)}`
    },
    /** For tables and files: 2017-04-13 20:06:31 in every language. */
    stamp: write('stamp'),
    iso: (at: Moment) => new Date(at).toISOString(),
    number: (value: number) => numbers[language].format(value),
    size: (bytes: number) => sizeIn(bytes, language),
    get zone() {
      return zoneName(zone, language)
    }
  }
}

const numbers = { ja: new Intl.NumberFormat(locales.ja), en: new Intl.NumberFormat(locales.en) }

const names = new Map<string, string>()

function zoneName(zone: string, language: Language): string {
  const key = `${zone} ${language}`
  const known = names.get(key)
  if (known) return known
  const parts = formatter('zone', zone, language).formatToParts(0)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone
  names.set(key, name)
  return name
}

const made = new Map<string, Intl.DateTimeFormat>()

/** Formatters are kept: one takes longer to make than a whole page to render. */
function formatter(kind: Kind, zone: string, language: Language): Intl.DateTimeFormat {
  const key = `${kind} ${zone} ${language}`
  const known = made.get(key)
  if (known) return known
  // The Swedish way to write a date is ISO 8601's.
  const locale = kind === 'stamp' ? 'sv-SE' : locales[language]
  const fresh = new Intl.DateTimeFormat(locale, { ...kinds[kind], timeZone: zone })
  made.set(key, fresh)
  return fresh
}

function sizeIn(bytes: number, language: Language): string {
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KB'] : [bytes / 1024 ** 2, 'MB']
  return `${value.toLocaleString(locales[language], { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`
}
