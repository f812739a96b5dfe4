import type { Rules } from '../maillog/rules.ts'
import { type Alarm, Alarms } from './alarms.ts'
import { Detector, type Finding } from './detector.ts'
import { WatchedHost } from './host.ts'
import { Minute, minuteLength } from './minute.ts'
import type { Normal } from './normal.ts'

/** Programs write their lines into the log a moment after their time, in milliseconds. */
const lag = 5_000

/** In minutes. */
const day = 1_440

export type Watching = {
  /** Whether the logs are over: then a host that says no more is not silent. */
  once: boolean
  rules: Rules
  normal: Normal
  /** Alarms that are open already. */
  open: Alarm[]
  /** The last minute that was learned and judged before, in minutes since the epoch; NaN at first. */
  closed: number
  describe: (finding: Finding) => Promise<Pick<Alarm, 'group' | 'line' | 'evidence'>>
  tell: (alarm: Alarm) => void
  onMinute: (minute: Minute) => void
}

/** Puts what the hosts' logs tell into minutes, and takes one after the other to the detector. */
export class Watch {
  /** The last minute that was taken, in minutes since the epoch. */
  closed = Number.NaN
  /** Whether nobody is told of alarms yet. */
  silently = false
  readonly alarms: Alarms
  readonly #before: number
  readonly #detector: Detector
  readonly #hosts = new Map<string, WatchedHost>()
  readonly #minutes = new Map<number, Minute>()
  readonly #rules: Rules
  readonly #once: boolean
  readonly #onMinute: Watching['onMinute']

  constructor({ once, rules, normal, open, closed, onMinute, ...alarming }: Watching) {
    this.#once = once
    this.#before = closed
    this.#rules = rules
    this.#onMinute = onMinute
    this.#detector = new Detector(normal)
    this.alarms = new Alarms(open, { ...alarming, accept: key => this.#detector.accept(key) })
  }

  /** One for all files that have lines of the host. */
  readonly newHost = (name: string): WatchedHost => {
    const known = this.#hosts.get(name)
    if (known) return known
    const host = new WatchedHost(name, { minuteOf: at => this.#minuteOf(at), rules: this.#rules })
    this.#hosts.set(name, host)
    return host
  }

  /** Takes the minutes that are over by a time: that of the last line, or later where there is none for long. */
  async closeUpTo(time: number) {
    const end = Math.floor((time - lag) / minuteLength)
    if (Number.isNaN(end) || this.#hosts.size === 0) return
    if (Number.isNaN(this.closed)) this.closed = Math.min(...this.#minutes.keys()) - 1
    for (const host of this.#hosts.values()) host.passTo(end * minuteLength)
    for (let at = this.closed + 1; at < end; at++) {
      if (at % day === 0) at = this.#afterSilence(at, end)
      await this.#close(at)
    }
  }

  /** Of a silence of days the last hour is enough. */
  #afterSilence(at: number, end: number): number {
    const next = Math.min(end - 1, ...this.#minutes.keys().filter(known => known >= at))
    return Math.max(at, next - 60)
  }

  async #close(at: number) {
    const minute = this.#minuteOf(at)
    this.#minutes.delete(at)
    this.closed = at
    for (const { name, last } of this.#hosts.values())
      if (last >= (at + 1) * minuteLength) minute.goOn.add(name)
    const isAlarm = (key: string) => this.alarms.open.has(key)
    if (at <= this.#before) return this.#detector.take(minute, isAlarm, true)
    const findings = this.#detector.take(minute, isAlarm)
    const told = this.#once ? findings.filter(({ kind }) => kind !== 'silent') : findings
    await this.alarms.take(told, (at + 1) * minuteLength, this.silently)
    return this.#onMinute(minute)
  }

  /** What comes too late for its minute counts in the next one. */
  #minuteOf(at: number): Minute {
    const place = this.closed >= at ? this.closed + 1 : at
    const known = this.#minutes.get(place)
    if (known) return known
    const minute = new Minute(place)
    this.#minutes.set(place, minute)
    return minute
  }
}
