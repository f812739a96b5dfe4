import { Diversions } from './diversions.ts'
import { type Flow, isSilent, type Minute, minuteLength, type Seen, type Unheard } from './minute.ts'
import { flowsOf, isDeparted, learn, type Normal } from './normal.ts'
import { Silences } from './silences.ts'

/** In minutes. An alarm is to come within five; a small leak shows in an hour. */
const soon = 5
const long = 60
/** In minutes: nothing is called unusual before. */
export const learnedAtLeast = 60

/** What departs from the normal in a minute. Of each key there is one alarm at a time. */
export type Finding = {
  /** The flow, the group, `unheard`, or `silent HOST`. */
  key: string
  kind: 'flow' | 'relay' | 'unheard' | 'silent'
  first: number
  last: number
  /** Recipients since it began, as far as it is looked back. */
  count: number
  /** Their messages; of `unheard` those that wait now. */
  messages: number
  /** Of them, those of this minute. */
  fresh: Seen | undefined
  hosts: Set<string>
  domains: Map<string, number>
  example: Seen['example'] | undefined
  /** How many of these messages were expected. */
  usual: number
}

type IsAlarm = (key: string) => boolean

/**
 * Learns what is normal, minute after minute, and says what departs from it. A minute is learned an hour later,
 * when it is known what was part of an alarm: else what grows slowly would always be as usual.
 */
export class Detector {
  readonly normal: Normal
  readonly #diversions: Diversions
  /** The last hour. */
  #recent: Minute[] = []
  readonly #unheard = new Map<string, Unheard>()
  readonly #silences: Silences

  constructor(normal: Normal) {
    this.normal = normal
    this.#diversions = new Diversions(normal)
    this.#silences = new Silences(normal)
  }

  /**
   * @param isAlarm whether there is an alarm with a key: it goes on until its mail is as usual
   * @param before whether this minute was judged before, and is only looked back at
   */
  take(minute: Minute, isAlarm: IsAlarm, before = false): Finding[] {
    this.#recent.push(minute)
    for (const [host, unheard] of minute.unheard) this.#unheard.set(host, unheard)
    minute.waiting = this.#unheard.values().reduce((sum, { messages }) => sum + messages, 0)
    this.#diversions.note(minute, isAlarm)
    const findings = before ? [] : this.#findings(minute, isAlarm)
    for (const { key, first } of findings) {
      const from = Math.min(
        Math.floor(first / minuteLength),
        this.normal.departed.get(key)?.from ?? minute.at
      )
      this.normal.departed.set(key, { from, to: minute.at })
    }
    this.#silences.note(minute, isAlarm, before)
    if (this.#recent.length <= long) return findings
    if (!before) learn(this.normal, this.#recent.slice(0, soon))
    this.#recent.shift()
    return findings
  }

  /** What has been so for a long time is no alarm any more. */
  accept(key: string) {
    const { normal } = this
    this.#silences.accept(key)
    if (key === 'unheard') normal.unheard = Math.max(normal.unheard, this.#recent.at(-1)?.waiting ?? 0)
    this.#diversions.accept(key)
    const hour = flowsOf(this.#recent).get(key as Flow)
    if (!hour) return
    const rate = hour.messages / Math.max(1, this.#messagesIn(long))
    normal.flows.set(key as Flow, { total: rate * normal.messages, most: hour.messages })
  }

  #findings(minute: Minute, isAlarm: IsAlarm): Finding[] {
    if (this.normal.minutes < learnedAtLeast) return []
    return [
      ...this.#flows(minute, isAlarm),
      ...this.#diversions.findings(minute, isAlarm),
      ...this.#waiting(minute, isAlarm),
      ...this.#silences.findings(minute)
    ]
  }

  #flows(minute: Minute, isAlarm: IsAlarm): Finding[] {
    const flows = flowsOf(this.#recent.slice(-soon))
    return [...flowsOf(this.#recent).keys()].flatMap(flow => {
      const now = flows.get(flow)
      const open = isAlarm(flow)
      const seen = now && this.#isBeyond(flow, now, { open, minutes: soon }) ? now : this.#leakOf(flow, open)
      if (!seen) return []
      const usual = this.#usual(flow, seen === now ? soon : long)
      return [{ key: flow, kind: 'flow', ...seen, fresh: minute.flows.get(flow), usual }]
    })
  }

  /** What was lost in the last hour and is no part of an alarm that is over. */
  #leakOf(flow: Flow, open: boolean): Seen | undefined {
    if (open || !isSilent(flow)) return undefined
    const seen = flowsOf(this.#recent.filter(({ at }) => !isDeparted(this.normal, flow, at))).get(flow)
    return seen && this.#isBeyond(flow, seen, { open, minutes: long }) ? seen : undefined
  }

  /**
   * Four standard deviations above what the mail that was accepted should bring (Poisson: once in some ten
   * thousand windows by chance), and enough messages to be no accident: silent losses count from the third on, in an
   * hour from the sixth; what happens on any mail host from the tenth. And half as much again as ever in the
   * last days: real mail comes in bursts, which chance alone would not explain.
   */
  #isBeyond(flow: Flow, { messages }: Seen, { open, minutes }: { open: boolean; minutes: number }): boolean {
    const usual = this.#usual(flow, minutes)
    const bound = usual + 4 * Math.sqrt(usual)
    if (open) return messages > bound
    const accident = isSilent(flow) ? (minutes === soon ? 3 : 6) : 10
    const most = this.normal.flows.get(flow)?.most ?? 0
    return messages >= accident + bound && messages > 1.5 * most
  }

  #usual(flow: Flow, minutes: number): number {
    const { flows, messages } = this.normal
    return ((flows.get(flow)?.total ?? 0) / Math.max(1, messages)) * this.#messagesIn(minutes)
  }

  #messagesIn(minutes: number): number {
    return this.#recent.slice(-minutes).reduce((sum, { messages }) => sum + messages, 0)
  }

  /** Mail without a word: on most days there is none for a minute; else it is known how much there was. */
  #waiting({ at, waiting: messages }: Minute, isAlarm: IsAlarm): Finding[] {
    const usual = this.normal.unheard
    const bound = usual + 4 * Math.sqrt(usual)
    if (isAlarm('unheard') ? messages <= bound : messages < 5 + bound) return []
    const waiting = [...this.#unheard].filter(([, unheard]) => unheard.messages > 0)
    const [, { since: first, example }] = waiting.reduce((a, b) => (b[1].since < a[1].since ? b : a))
    const hosts = new Set(waiting.map(([host]) => host))
    const times = { first, last: (at + 1) * minuteLength }
    const unnamed = { count: 0, fresh: undefined, domains: new Map() }
    return [{ key: 'unheard', kind: 'unheard', ...times, ...unnamed, messages, hosts, usual, example }]
  }
}
