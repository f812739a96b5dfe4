import { Failure } from '../terminal/failure.ts'

export type TimeRead = { time: Date } | { problem: string }

const date = '((?:19|2\\d)\\d\\d)-(\\d\\d)-(\\d\\d)'
const clock = '([01]\\d|2[0-3]):([0-5]\\d)(?::([0-5]\\d|60)(?:\\.(\\d+))?)?'
const offset = '([Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)?'
const pattern = new RegExp(`^${date}[Tt ]${clock}${offset}$`)
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

/** @throws Failure that names the option */
export function readTime(option: string, text: string, zone: string): Date {
  const read = timeReader(zone)(text)
  if ('problem' in read) throw new Failure(`${option}: ${read.problem}`)
  return read.time
}

/** Shows times as the clocks of a zone did: `2017-04-13 20:06:03`. */
export function stampIn(zone: string): (time: Date | string | number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return time => format.format(new Date(time))
}

/**
 * A reader of times written with an offset (RFC 3339) or, without one, as the clocks of a zone showed.
 * It refuses days that the calendar does not have, and local times that a change of the clocks left out
 * or repeated, and years before 1900 or after 2999. Fractions of a second are cut to milliseconds.
 * @param zone a name that `knownZone` gave
 */
export function timeReader(zone: string): (text: string) => TimeRead {
  const offsetAt = offsetsOf(zone)
  return text => {
    const [found, ...parts] = pattern.exec(text) ?? []
    const local = found ? onCalendar(parts) : undefined
    if (local === undefined) return { problem: `"${text}" is not a time` }
    const offset = parts[7]
    return offset
      ? { time: new Date(local - readOffset(offset)) }
      : readLocal(text, { local, zone, offsetAt })
  }
}

/** Milliseconds as if the time were UTC. Second 60 exists (RFC 3339, 5.7) and reads as the next one. */
function onCalendar(parts: (string | undefined)[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(part =>
    Number(part ?? 0)
  )
  const midnight = new Date(Date.UTC(year, month - 1, day))
  if (midnight.getUTCFullYear() !== year || midnight.getUTCMonth() !== month - 1) return undefined
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
    const offset = known.get(slot) ?? readOffset(nameOfOffset(format, slot * quarter))
    known.set(slot, offset)
    return offset
  }
}

function nameOfOffset(format: Intl.DateTimeFormat, time: number): string {
  return format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

/** Milliseconds of "+09:00" or "GMT-05:00"; without hours, "Z" or "GMT", it is 0. */
function readOffset(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -size : size
}
