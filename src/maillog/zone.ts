const day = 86_400_000
const quarter = 900_000

/**
 * The offsets from UTC, in milliseconds, that a local time (given as if it were UTC) can have in a zone:
 * one; two in the order of time where clocks are put back and show it twice; and where they are put
 * forward and leave it out, the one before, so that the time moves forward by what was left out.
 */
export function zoneOffsets(zone: string): (local: number) => number[] {
  const offsetAt = offsetsOf(zone)
  return local => {
    const midnight = Math.floor(local / day) * day
    const before = offsetAt(midnight - day)
    const after = offsetAt(midnight + 2 * day)
    if (before === after) return [before]
    const possible = [before, after].filter(offset => offsetAt(local - offset) === offset)
    return possible.length > 0 ? possible : [before]
  }
}

/** Remembered: zones change on quarters of an hour, and asking costs a lot. */
function offsetsOf(zone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  const known = new Map<number, number>()
  return time => {
    const slot = Math.floor(time / quarter)
    const offset = known.get(slot) ?? readName(format, slot * quarter)
    known.set(slot, offset)
    return offset
  }
}

/** Milliseconds of "GMT-05:00"; "GMT" alone is 0. */
function readName(format: Intl.DateTimeFormat, time: number): number {
  const name = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? []
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
  return sign === '-' ? -size : size
}
