import { count } from '../terminal/count.ts'
import type { Source } from './source.ts'

/** In milliseconds: a log that has some of them all the time is told of no more often. */
const pause = 3_600_000

type Telling = { zone: string; tell: (problem: string) => void }

/** Tells of lines that cannot be read: of the first ones of a log at once, then at most every hour. */
export class Unread {
  readonly #telling: Telling
  /** By log and kind: how many were told of, and when. */
  readonly #told = new Map<string, { number: number; at: number }>()

  constructor(telling: Telling) {
    this.#telling = telling
  }

  look(sources: Source[]) {
    const { zone, tell } = this.#telling
    for (const { name, unread } of sources) {
      const odd = this.#fresh(`odd ${name}`, unread.odd)
      if (odd > 0)
        tell(
          `${name}: lines not understood: ${count(odd)}. Their mail is not counted; mypage scan shows some.`
        )
      const ahead = this.#fresh(`ahead ${name}`, unread.ahead)
      if (ahead > 0)
        tell(
          `${name}: lines that are in the future: ${count(ahead)}. Their mail is not counted. The time zone is ${zone}: ` +
            'if that of the log is another one, --zone says so, and --year if it is the year; or a clock is wrong.'
        )
    }
  }

  #fresh(key: string, number: number): number {
    const told = this.#told.get(key) ?? { number: 0, at: Number.NEGATIVE_INFINITY }
    const now = performance.now()
    if (number === told.number || now - told.at < pause) return 0
    this.#told.set(key, { number, at: now })
    return number - told.number
  }
}
