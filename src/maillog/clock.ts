import { zoneOffsets } from './zone.ts'

const minute = 60_000
const day = 86_400_000
const halfYear = 183 * day
/** Lines of one host stand out of order by no more than this, in milliseconds. */
const disorder = 2 * minute
/** A silence up to this does not make it doubtful which of two equal local times is meant. */
const silence = 15 * minute

const pattern =
  /^(?:(\d{4})[- ])?(?:([A-Z][a-z]{2}) ([ \d]\d)|(0[1-9]|1[0-2])-(\d\d))[T ]([01]\d|2[0-3]):([0-5]\d):/
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/**
 * Reads the stamps of a host's lines, in the order of the lines, as milliseconds since the epoch:
 * `Nov 22 10:40:10` (RFC 3164), `2013 Jun 10 06:27:30.123`, `2026-11-22T10:40:13.123456+09:00`
 * (RFC 3339, also with Z or without offset), `2026-11-22 10:40:13.123 +0900` (Exim). Stamps without an
 * offset are in the zone. Fractions are cut to milliseconds.
 */
export class Clock {
  /** How many stamps could mean either of two times, an hour apart mostly; the first is taken. */
  ambiguous = 0
  readonly #offsets: (local: number) => number[]
  #year: number | undefined
  /** The last stamp up to its seconds: most stamps are of the same minute as the one before. */
  #prefix = '\n'
  /** That minute as if the zone were UTC, and as it is in the zone. */
  #local = Number.NaN
  #zoned = Number.NaN
  #doubtful = false
  #last = Number.NaN

  /**
   * @param zone a name of the tz database
   * @param year of the first stamp, where stamps have none; it goes on from December to January
   */
  constructor(zone: string, year: number | undefined) {
    this.#offsets = zoneOffsets(zone)
    this.#year = year
  }

  /** NaN for what is no time. */
  at(stamp: string): number {
    if (!stamp.startsWith(this.#prefix) && !this.#turnTo(stamp)) return Number.NaN
    let at = this.#prefix.length + 2
    let milliseconds = twoDigits(stamp, at - 2) * 1_000
    const { length } = stamp
    if (at < length && (stamp.charCodeAt(at) | 2) === 46) {
      for (let weight = 100; ++at < length; weight = (weight / 10) | 0) {
        const digit = stamp.charCodeAt(at) - 48
        if (digit < 0 || digit > 9) break
        milliseconds += digit * weight
      }
    }
    if (!(milliseconds < 61_000)) return Number.NaN
    if (at === length) return this.#inZone(milliseconds)
    this.#last = this.#local + milliseconds - readOffset(stamp, at)
    return this.#last
  }

  /** Whether a minute can be meant, given as if the zone were UTC; one that cannot leaves the year as it was. */
  isPossible(_local: number): boolean {
    return true
  }

  #inZone(milliseconds: number): number {
    if (this.#doubtful) this.ambiguous++
    this.#last = this.#zoned + milliseconds
    return this.#last
  }

  /** Another minute. */
  #turnTo(stamp: string): boolean {
    const [prefix, year, name, dayOfName, number, dayOfNumber, hour, minutes] = pattern.exec(stamp) ?? []
    const month = name ? months.indexOf(name) / 3 : Number(number) - 1
    const local = this.#place(year, month, {
      day: Number(name ? dayOfName : dayOfNumber),
      time: (Number(hour) * 60 + Number(minutes)) * minute
    })
    if (prefix === undefined || Number.isNaN(local) || !this.isPossible(local)) return false
    this.#prefix = prefix
    this.#local = local
    this.#year = new Date(local).getUTCFullYear()
    this.#zoned = this.#toZone(local)
    return true
  }

  /** Where there is no year, it is that of the stamp before, unless that leads back or ahead too far. */
  #place(
    written: string | undefined,
    month: number,
    { day: date, time }: { day: number; time: number }
  ): number {
    if (written !== undefined) return onCalendar(Number(written), month, date) + time
    const year = this.#year ?? Number.NaN
    const local = Date.UTC(year, month, date) + time
    if (local < this.#local - halfYear) return onCalendar(year + 1, month, date) + time
    if (local > this.#local + 2 * halfYear - 7 * day) return onCalendar(year - 1, month, date) + time
    return onCalendar(year, month, date) + time
  }

  #toZone(local: number): number {
    const [offset = 0, after] = this.#offsets(local)
    this.#doubtful = after !== undefined && this.#isDoubtful(local - offset)
    if (after === undefined) return local - offset
    return this.#hasPassed(local - offset) ? local - after : local - offset
  }

  #hasPassed(first: number): boolean {
    return first + minute < this.#last - disorder
  }

  #isDoubtful(first: number): boolean {
    if (this.#hasPassed(first)) return false
    return this.#doubtful || !(first - this.#last <= silence)
  }
}

/** NaN for a day that the calendar does not have. */
function onCalendar(year: number, month: number, date: number): number {
  const time = Date.UTC(year, month, date)
  return new Date(time).getUTCDate() === date && month >= 0 ? time : Number.NaN
}

/** Milliseconds of `Z`, `+09:00`, ` +0900`; NaN for anything else. */
function readOffset(stamp: string, start: number): number {
  const { length } = stamp
  const at = stamp.charCodeAt(start) === 32 ? start + 1 : start
  const sign = stamp.charCodeAt(at)
  if (sign === 90 || sign === 122) return at + 1 === length ? 0 : Number.NaN
  const minutesAt = stamp.charCodeAt(at + 3) === 58 ? at + 4 : at + 3
  if ((sign !== 43 && sign !== 45) || minutesAt + 2 !== length) return Number.NaN
  const size = (twoDigits(stamp, at + 1) * 60 + twoDigits(stamp, minutesAt)) * minute
  return sign === 43 ? size : -size
}

/** NaN where there are no two digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}
