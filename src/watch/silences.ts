import type { Finding } from './detector.ts'
import { type Minute, minuteLength } from './minute.ts'
import type { Normal } from './normal.ts'

/** In minutes. */
const learnedAtLeast = 60
/** Only hosts that have a line every few minutes, by night and on Sundays too, are missed when they have none. */
const usualGap = 5
const shortest = 3

/** Finds hosts whose log does not go on: twice their longest silence, and three minutes. */
export class Silences {
  readonly #normal: Normal
  /** The last minute in which a host had a line. */
  readonly #heard = new Map<string, number>()

  constructor(normal: Normal) {
    this.#normal = normal
  }

  findings({ at, hosts, goOn }: Minute): Finding[] {
    return [...this.#heard].flatMap(([host, heard]) => {
      const { minutes, gap } = this.#normal.hosts.get(host) ?? { minutes: 0, gap: 0 }
      const isMissed = minutes >= learnedAtLeast && gap < usualGap && at - heard >= shortest + 2 * gap
      if (!isMissed || hosts.has(host) || goOn.has(host)) return []
      const times = { first: (heard + 1) * minuteLength, last: (at + 1) * minuteLength }
      const nobody = { count: 0, messages: 0, usual: 0, fresh: undefined, example: undefined }
      const key = `silent ${host}`
      return [{ key, kind: 'silent', ...times, ...nobody, hosts: new Set([host]), domains: new Map() }]
    })
  }

  /** @param before whether the minute was learned before */
  note({ at, hosts }: Minute, isAlarm: (key: string) => boolean, before: boolean) {
    for (const host of hosts) {
      const gap = at - (this.#heard.get(host) ?? at - 1) - 1
      this.#heard.set(host, at)
      if (before) continue
      const known = this.#normal.hosts.get(host) ?? { minutes: 0, gap: 0 }
      known.minutes++
      if (!isAlarm(`silent ${host}`)) known.gap = Math.max(known.gap, gap)
      this.#normal.hosts.set(host, known)
    }
  }

  accept(key: string) {
    this.#heard.delete(key.replace('silent ', ''))
  }
}
