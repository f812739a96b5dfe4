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
  readonly #gaps: Gap[] = []
  lines = 0
  first = Number.NaN
  last = Number.NaN
  outOfOrder = 0
  /** The furthest that a line of the file stood before one that was read before it, in milliseconds. */
  #back = 0
  /** Of the last line, not the furthest: the clock may have gone wrong for a while. */
  #lastInFile = Number.NaN
  readonly sieveDiscards: Set<string>
  #cutOff = false

  constructor(name: string, events: HostEvents) {
    this.name = name
    this.#events = events
    this.sieveDiscards = events.sieveDiscards
  }

  /** A line of another time than the last one's. */
  at(time: number) {
    if (Number.isNaN(this.first)) this.first = this.last = time
    this.#lastInFile = time
    if (time < this.last) {
      if (time < this.last - 1_000) this.outOfOrder++
      this.#back = Math.max(this.#back, this.last - time)
      return
    }
    if (this.#cutOff) this.#gaps.push({ from: this.last, to: time, reason: 'cut off' })
    this.#cutOff = false
    if (time - this.last >= quiet) this.#gaps.push({ from: this.last, to: time, reason: 'silent' })
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
    this.#gaps.push({ from: Math.max(this.first, time - 30_000), to: time, reason: 'suppressed' })
  }

  /** A file is read to its end. @returns whether it told of a time that another file had told of before */
  endFile(): boolean {
    const overlaps = this.#back >= disorder && this.carriesMail()
    this.#back = 0
    this.#lastInFile = Number.NaN
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

  cutOff() {
    this.#cutOff = true
  }

  /**
   * The gaps that count: a silence does when it is far longer than what is usual on the host.
   * @param silence the shortest that counts, in milliseconds; by itself 50 times the mean time between two lines
   */
  gaps(silence?: number): Gap[] {
    const usual = (this.last - this.first) / Math.max(1, this.lines)
    const shortest = silence ?? Math.max(quiet, 50 * usual)
    return this.#gaps.filter(({ from, to, reason }) => reason !== 'silent' || to - from >= shortest)
  }

  end() {
    for (const queue of this.#queues.values()) queue.end()
  }
}
