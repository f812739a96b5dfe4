import type { Window } from './collect.ts'
import type { Unqueued } from './line.ts'
import type { Message } from './message.ts'
import { Queue, type QueueEvents } from './queue.ts'
import { type Covered, coveredBy, disorder, Span } from './span.ts'

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
    return coveredBy(this.#spans, { lines: this.lines, silence })
  }

  end() {
    for (const queue of this.#queues.values()) queue.end()
  }
}
