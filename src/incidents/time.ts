export type TimeRead = { time: Date } | { problem: string }

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:([Zz])|([+-])(\d\d):(\d\d))?$/
const day = 86_400_000
const quarter = 900_000

/** The zone's name as the tz database writes it, `undefined` when there is no such zone. */
export function knownZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

/**
 * A reader of times written with an offset (RFC 3339) or, without one, as the clocks of a zone showed.
 * It refuses days that the calendar does not have, and local times that a change of the clocks left out
 * or repeated. Fractions of a second are cut to milliseconds.
 * @param zone a name that `knownZone` gave
 */
export function timeReader(zone: string): (text: string) => TimeRead {
  const offsetAt = offsetsOf(zone)
  return text => {
    const found = pattern.exec(text)
    const local = found && onCalendar(found)
    if (local === undefined || local === null) return { problem: `"${text}" is not a time` }
    const [, , , , , , , , utc, sign, hours, minutes] = found as RegExpExecArray
    if (utc) return { time: new Date(local) }
    if (!sign) return readLocal(text, { local, zone, offsetAt })
    if (Number(hours) > 23 || Number(minutes) > 59) return { problem: `"${text}" is not a time` }
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000
    return { time: new Date(sign === '+' ? local - offset : local + offset) }
  }
}

/** Milliseconds as if the time were UTC. Second 60 exists (RFC 3339, 5.7) and reads as the next one. */
function onCalendar([, ...parts]: string[]): number | undefined {
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(Number)
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const midnight = new Date(Date.UTC(year, month - 1, date))
  const exists = midnight.getUTCFullYear() === year && midnight.getUTCMonth() === month - 1
  if (!exists || midnight.getUTCDate() !== date) return undefined
  const milliseconds = Number((parts[6] ?? '').padEnd(3, '0').slice(0, 3))
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds
}

type Local = { local: number; zone: string; offsetAt: (time: number) => number }

function readLocal(text: string, { local, zone, offsetAt }: Local): TimeRead {
  const offsets = new Set([offsetAt(local - day), offsetAt(local + day)])
  const times = [...offsets].map(offset => local - offset).filter(time => offsetAt(time) === local - time)
  const [time] = times
  if (time === undefined) return { problem: `"${text}" did not exist in ${zone}: clocks were put forward` }
  if (times.length > 1)
    return { problem: `"${text}" happened twice in ${zone}: write it with its offset, such as +09:00` }
  return { time: new Date(time) }
}

/** Offsets in milliseconds, remembered: zones change on quarters of an hour, and asking costs a lot. */
function offsetsOf(zone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  const known = new Map<number, number>()
  return time => {
    const slot = Math.floor(time / quarter)
    const offset = known.get(slot) ?? readOffset(format.formatToParts(slot * quarter))
    known.set(slot, offset)
    return offset
  }
}

function readOffset(parts: Intl.DateTimeFormatPart[]): number {
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes, seconds] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? []
  const offset = ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)) * 1000
  return sign === '-' ? -offset : offset
}
