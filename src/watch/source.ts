import { Clock } from '../maillog/clock.ts'
import { BrokenLog, readLog } from '../maillog/files.ts'
import type { LogReader } from '../maillog/reader.ts'
import type { Planned } from '../scan/plan.ts'
import { FollowedFile, pieceLength } from './follow.ts'

const headLength = 64 * 1_024

/** A line from further in the future, in milliseconds, is none: until then all that come after it would be late. */
const future = 120_000
/** Zones are less than this from UTC, in milliseconds. */
const day = 24 * 3_600_000

export class WatchClock extends Clock {
  /** How many stamps were of the future. */
  ahead = 0

  /** A host that starts with "Jan 1" is not in the next year, nor are the lines after it. */
  override isPossible(local: number): boolean {
    const isPossible = local <= Date.now() + day
    if (!isPossible) this.ahead++
    return isPossible
  }

  override at(stamp: string): number {
    const time = super.at(stamp)
    if (!(time > Date.now() + future)) return time
    this.ahead++
    return Number.NaN
  }
}

export type SourceOptions = {
  name: string
  /** What was rotated away, the oldest first. */
  past: Planned[]
  /** The file as it was found, if it was there. */
  found: Planned | undefined
  reader: LogReader
  /** A clock for a file that begins like this, where nothing was found before. */
  clockFor: (head: string) => WatchClock
  /** Of all files by the number that marks have; grows with each that is begun. */
  names: string[]
  host: string
}

/** One log: what was rotated away from it, then the file itself as it is written. */
export class Source {
  readonly name: string
  /** Of its last line, in milliseconds since the epoch. */
  time = Number.NaN
  /** When that came, by the clock of this process. */
  came = performance.now()
  readonly #options: SourceOptions
  readonly #live: FollowedFile
  readonly #steps: AsyncGenerator<boolean>
  #clock: WatchClock | undefined

  constructor(options: SourceOptions, clock?: WatchClock) {
    this.name = options.name
    this.#options = options
    this.#clock = clock
    this.#live = new FollowedFile(options.name, options.found?.start, options.found?.log.head)
    this.#steps = this.#read()
  }

  /** How many lines could not be read so far, for their words or for their time. */
  get unread(): { odd: number; ahead: number } {
    const { 'not understood': odd = 0, 'too long': long = 0 } = this.#options.reader.oddities.counts
    const ahead = this.#clock?.ahead ?? 0
    return { odd: Math.max(0, odd + long - ahead), ahead }
  }

  /** Reads the next piece. @returns whether there is more: a log that is written to all the time has no end */
  async step(): Promise<boolean> {
    const { value } = await this.#steps.next()
    return value === true
  }

  close() {
    return this.#live.close()
  }

  async *#read(): AsyncGenerator<boolean> {
    const { past, found, reader } = this.#options
    for (const { log, start } of past) {
      this.#begin(log.name, start, log.head)
      let broken: BrokenLog | undefined
      try {
        for await (const piece of readLog(log, { start })) {
          this.#feed(piece)
          yield true
        }
      } catch (error) {
        if (!(error instanceof BrokenLog)) throw error
        broken = error
      }
      reader.endFile(broken)
    }
    for (let generation = -1; ; ) {
      const piece = await this.#live.next()
      if (piece && piece.generation !== generation) {
        if (generation !== -1) reader.endFile()
        const own = piece.generation === 0 ? found?.log.head : undefined
        this.#begin(this.name, piece.offset, own ?? piece.bytes.subarray(0, headLength).latin1Slice())
        generation = piece.generation
      }
      if (piece) this.#feed(piece.bytes)
      yield piece !== undefined && piece.bytes.length === pieceLength
    }
  }

  #begin(name: string, start: number, head: string) {
    const { reader, names, host, clockFor } = this.#options
    this.#clock ??= clockFor(head)
    reader.beginFile({ number: names.push(name) - 1, start, clock: this.#clock, host, head })
  }

  #feed(piece: Buffer) {
    const { reader } = this.#options
    reader.feed(piece)
    this.came = performance.now()
    const times = [...reader.hosts.values()].map(({ last }) => last).filter(time => !Number.isNaN(time))
    if (times.length > 0) this.time = Math.max(...times)
  }
}
