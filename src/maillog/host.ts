import type { Window } from './collect.ts'
import type { Unqueued } from './line.ts'
import type { Message } from './message.ts'
import { Queue, type QueueEvents } from './queue.ts'

/** A time span whose lines are missing, in milliseconds since the epoch. */
export type Gap = { from: number; to: number; reason: 'silent' | 'suppressed' | 'cut off' }

/** A silence shorter than this is nobody's fault, in milliseconds. */
const quiet = 5 * 60_000

/** Lines of one log stand out of order by less than this, in milliseconds. */
const disorder = 15_000

/** From its first line to its last, but for the gaps. */
export type Covered = { first: number; last: number; gaps: Gap[] }

export type HostEvents = QueueEvents & {
  onUnqueued: (host: string, found: Unqueued) => void
  /** Sessions of Dovecot in which a script threw the message away, of all hosts. */
  sieveDiscards: Set<string>
}

/** What is known of one host while its log is read. */
export class HostLog {
  readonly name: string
  readonly #events: HostEvents
  readonly #queues = new Map<string, Queue>()
  #instance: string | undefined
  #queue: Queue | undefined
  lines = 0
  first = Number.NaN
  last = Number.NaN
  outOfOrder = 0
  /** What the file that is read covers, and those before it. */
  #span = new Span()
  readonly #spans: Span[] = []
  /** The furthest that a line of the file stood before one that was read before it, in milliseconds. */
  #back = 0
  /** Of the last line, not the furthest: the clock may have gone wrong for a while. */
  #lastInFile = Number.NaN
  readonly sieveDiscards: Set<string>

  constructor(name: string, events: HostEvents) {
    this.name = name
    this.#events = events
    this.sieveDiscards = events.sieveDiscards
  }

  /** A line of another time than the last one's. */
  at(time: number) {
    if (Number.isNaN(this.first)) this.first = this.last = time
    this.#span.at(time)
    this.#lastInFile = time
    if (time < this.last) {
      if (time < this.last - 1_000) this.outOfOrder++
      this.#back = Math.max(this.#back, this.last - time)
      return
    }
    this.last = time
    for (const queue of this.#queues.values()) queue.advance(time)
  }

  queue(instance: string): Queue {
    if (instance === this.#instance) return this.#queue as Queue
    this.#queue = this.#queueOf(instance)
    this.#instance = instance
    return this.#queue
  }

  #queueOf(instance: string): Queue {
    const known = this.#queues.get(instance)
    if (known) return known
    const queue = new Queue(this.name, this.#events)
    this.#queues.set(instance, queue)
    return queue
  }

  unqueued(found: Unqueued) {
    this.#events.onUnqueued(this.name, found)
  }

  /** Lines of the last half minute were dropped, by the journal's rate limit say. */
  suppressed(time: number) {
    this.#span.suppressed(time)
  }

  /**
   * A file is read to its end.
   * @param first when it begins, if it was entered later
   * @returns whether it told of a time that another file had told of before
   */
  endFile(first?: number): boolean {
    const overlaps = this.#back >= disorder && this.carriesMail()
    this.#back = 0
    this.#lastInFile = Number.NaN
    const span = this.#span
    const known = this.#spans.reduce((sum, { arrivals }) => sum + arrivals, 0)
    span.arrivals = this.#queues.values().reduce((sum, { arrivals }) => sum + arrivals, -known)
    if (!Number.isNaN(span.first)) this.#spans.push(span)
    if (first !== undefined && first < span.first) span.first = first
    this.#span = new Span()
    return overlaps
  }

  /** Whether the file has nothing more to tell of mail that was accepted in a time: it is past it, and all had its end. */
  isThrough({ from, to }: Window): boolean {
    if (this.#lastInFile < to + disorder) return false
    const isInside = ({ accepted }: Message) => accepted >= from && accepted < to
    return !this.#queues.values().some(queue => queue.awaits(isInside))
  }

  carriesMail(): boolean {
    return this.#queues.size > 0
  }

  /** @param isDamaged whether what the file told before is in doubt too */
  cutOff(isDamaged = false) {
    this.#span.isCutOff = true
    this.#span.isDamaged = isDamaged
  }

  /**
   * What the files cover that are read to their end. One that tells of no arrival, of errors alone say, covers nothing
   * beside others that do: no other's silence ends in it.
   * @param silence the shortest that counts, in milliseconds; by itself 50 times the mean time between two lines
   */
  covered(silence?: number): Covered {
    const carrying = this.#spans.filter(({ arrivals }) => arrivals > 0)
    const spans = (carrying.length > 0 ? carrying : this.#spans).toSorted((a, b) => a.first - b.first)
    const first = Math.min(...spans.map(span => span.first))
    const last = Math.max(...spans.map(span => span.last))
    const gaps = [...spans.flatMap(gapsIn), ...between(spans)].sort((a, b) => a.from - b.from)
    const shortest = silence ?? Math.max(quiet, (50 * (last - first)) / Math.max(1, this.lines))
    return {
      first,
      last,
      gaps: gaps.filter(({ from, to, reason }) => reason !== 'silent' || to - from >= shortest)
    }
  }

  end() {
    for (const queue of this.#queues.values()) queue.end()
  }
}

/** What the lines of one file cover. */
class Span {
  first = Number.NaN
  last = Number.NaN
  readonly gaps: Gap[] = []
  /** Whether lines are missing after the last one. */
  isCutOff = false
  isDamaged = false
  /** How many messages arrived in it. */
  arrivals = 0

  at(time: number) {
    if (Number.isNaN(this.first)) this.first = this.last = time
    if (time < this.last) return
    if (this.isCutOff) this.gaps.push({ from: this.last, to: time, reason: 'cut off' })
    else if (time - this.last >= quiet) this.gaps.push({ from: this.last, to: time, reason: 'silent' })
    this.isCutOff = false
    this.last = time
  }

  suppressed(time: number) {
    const from = Math.max(this.first, time - 30_000)
    if (from < time) this.gaps.push({ from, to: time, reason: 'suppressed' })
  }
}

function gapsIn({ first, last, gaps, isDamaged }: Span): Gap[] {
  return isDamaged ? [{ from: first, to: last, reason: 'cut off' }] : gaps
}

/** The gaps after files, in the order of their first lines. One that broke off would have gone on until the next begins. */
function between(spans: Span[]): Gap[] {
  const gaps: Gap[] = []
  let covering: Span | undefined
  for (const span of spans) {
    if (covering && !covering.isCutOff && span.first - covering.last >= quiet)
      gaps.push({ from: covering.last, to: span.first, reason: 'silent' })
    if (!covering || span.last > covering.last) covering = span
  }
  const end = covering?.last ?? Number.NaN
  for (const span of spans.filter(({ isCutOff }) => isCutOff)) {
    const later = spans.filter(other => other !== span && other.first >= span.last - disorder)
    if (later.length === 0 && end === span.last) continue
    const next = Math.min(end, ...later.map(({ first }) => first))
    gaps.push({ from: span.last, to: Math.max(next, span.last + 1_000), reason: 'cut off' })
  }
  return gaps
}
