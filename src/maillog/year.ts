import { Clock } from './clock.ts'

const day = 86_400_000
/** How long after the last line a file may have been changed, and after its first one, to be sure of it. */
const recent = 31 * day
const recentToFirst = 62 * day
/** Mail that was held or could not be sent has lines long after it came. */
const oldest = 31 * day

/** @property why the reason in words, for the operator */
export type Year = { year: number; sure: boolean; why: string }

type Dating = { stamp: string; next?: string | undefined; mtime: Date; zone: string; now?: Date }

/**
 * The year of a file's first stamp, where stamps have none (RFC 3164): the latest in which the file was
 * not changed before its last line was written. It is not sure where the file was changed long after,
 * as when it was copied.
 * @param next a later stamp: of the file's last line, or of the first line of the file that follows it
 */
export function inferYear({ stamp, next, mtime, zone, now = new Date() }: Dating): Year {
  const written = new Clock(zone, undefined).at(stamp)
  if (!Number.isNaN(written)) {
    return { year: Number(stamp.slice(0, 4)), sure: true, why: 'it is written in the log' }
  }
  const changed = Math.min(mtime.getTime(), now.getTime())
  const newest = new Date(changed).getUTCFullYear() + 1
  for (let year = newest; year > newest - 9; year--) {
    const last = lastIn(year, { stamp, next, zone })
    // A day for a host whose clock is wrong or whose zone is another.
    if (!(last <= changed + day)) continue
    const sure = changed - last <= (next === undefined ? recentToFirst : recent)
    const shown = new Date(mtime).toISOString().slice(0, 10)
    const fits = sure ? 'fits' : 'is far from'
    return { year, sure, why: `the file was changed on ${shown}, which ${fits} "${next ?? stamp}"` }
  }
  return { year: newest - 1, sure: false, why: `"${stamp}" is no time` }
}

/** When the last line is, with the first one in a given year. */
function lastIn(year: number, { stamp, next, zone }: Pick<Dating, 'stamp' | 'next' | 'zone'>): number {
  const clock = new Clock(zone, year)
  const first = clock.at(stamp)
  const last = next === undefined ? first : clock.at(next)
  return last < first - day ? new Clock(zone, year + 1).at(next ?? stamp) : last
}

const line =
  /^(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) [^ ]+ [^ [:]+\[\d+\]: ([0-9A-Za-z]{6,}): (?:message-id=<(\d{14})\.([0-9A-Za-z]+)@)?/gm

/**
 * The year of the first stamp in some lines, told by what Postfix itself dates in them: long queue IDs,
 * and message-ids that it made (`YYYYMMDDhhmmss.ID@host`, UTC, with the queue ID of the same line: what
 * a client writes there proves nothing). `undefined` when there is neither.
 */
export function yearFromEvidence(head: string): number | undefined {
  const votes = new Map<number, number>()
  const [, begin = ''] = /^(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) /m.exec(head) ?? []
  for (const [, stamp = '', id = '', made, madeFor] of head.matchAll(line)) {
    const time = made && madeFor === id ? readMade(made) : longQueueIdTime(id)
    const year = time === undefined ? undefined : yearNear(stamp, time)
    if (year === undefined) continue
    const first = new Clock('UTC', year).at(begin) > new Clock('UTC', year).at(stamp) + day ? year - 1 : year
    votes.set(first, (votes.get(first) ?? 0) + 1)
  }
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0]
}

/** The year in which a line stands after its message came, by no more than mail waits. */
function yearNear(stamp: string, came: number): number | undefined {
  if (came > Date.now() + day) return undefined
  const year = new Date(came).getUTCFullYear()
  return [year, year + 1, year - 1].find(one => {
    const waited = new Clock('UTC', one).at(stamp) - came
    return waited >= -day && waited <= oldest
  })
}

function readMade(digits: string): number | undefined {
  const parts = digits.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/)?.slice(1) ?? []
  const [year = 0, month = 0, date = 0, hour = 0, minutes = 0, seconds = 0] = parts.map(Number)
  return year < 1998 ? undefined : Date.UTC(year, month - 1, date, hour, minutes, seconds)
}

/** Digits and letters without vowels. */
const digits = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz'

/**
 * When a message came, in milliseconds since the epoch, told by its long queue ID (Postfix 2.9,
 * `enable_long_queue_ids`): seconds in base 52, six digits or more, then microseconds, four digits, `z`,
 * and the inode in base 51, which knows no `z`. `undefined` for any other ID.
 */
export function longQueueIdTime(id: string): number | undefined {
  const end = id.lastIndexOf('z')
  if (end < 10 || end === id.length - 1) return undefined
  const seconds = readNumber(id.slice(0, end - 4))
  const micros = readNumber(id.slice(end - 4, end))
  if (!(micros < 1_000_000) || !(seconds < 8_640_000_000_000)) return undefined
  return seconds * 1_000 + Math.floor(micros / 1_000)
}

/** NaN where a character is none of the digits. */
function readNumber(text: string): number {
  let value = 0
  for (const char of text) {
    const digit = digits.indexOf(char)
    value = value * 52 + (digit === -1 ? Number.NaN : digit)
  }
  return value
}
