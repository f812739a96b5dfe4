import { hashOf } from './ids.ts'
import type { Mark } from './message.ts'

declare global {
  interface Buffer {
    /** What `toString('latin1')` calls; several times faster for short cuts. */
    latin1Slice(start?: number, end?: number): string
  }
}

/** A power of two. */
const wordsKept = 8_192

/** Words that were cut out lately: to find one again costs half of what it costs to make it. */
class Words {
  readonly #kept: string[] = Array.from({ length: wordsKept }, () => '')

  of(bytes: Buffer, start: number, end: number): string {
    const place = hashOf(bytes, start, end) & (wordsKept - 1)
    const kept = this.#kept[place] as string
    if (kept.length === end - start && saysAt(bytes, start, kept)) return kept
    const word = bytes.latin1Slice(start, end)
    this.#kept[place] = word
    return word
  }
}

const words = new Words()

/** A line under the reader's eye; one object for all lines, never kept. */
export class Line {
  /** A piece of the log. */
  bytes: Buffer = Buffer.alloc(0)
  /** What is said stands from `start` to `end`. */
  start = 0
  end = 0
  /** The queue ID before it, where there is one. */
  idStart = 0
  idEnd = 0
  idHash = 0
  /** Milliseconds since the epoch. */
  time = 0
  mark: Mark = 0
  /** The name of the program, without instance and service. */
  program = ''

  /** In latin1, as all that is taken from a log. */
  cut(start: number, end: number): string {
    return this.bytes.latin1Slice(start, end)
  }

  /** The same for words that come again and again, queue IDs say. */
  word(start: number, end: number): string {
    return words.of(this.bytes, start, end)
  }

  id(): string {
    return this.cut(this.idStart, this.idEnd)
  }

  rest(from: number): string {
    return from < this.end ? this.cut(from, this.end) : ''
  }

  says(words: string): boolean {
    return saysAt(this.bytes, this.start, words)
  }

  /** Where words begin after a place; -1 where they do not come before the end. */
  find(words: string, from: number): number {
    const first = words.charCodeAt(0)
    const last = this.end - words.length
    for (let at = from; at <= last; at++)
      if (this.bytes[at] === first && saysAt(this.bytes, at, words)) return at
    return -1
  }

  /** The number in the brackets behind the program: of its process; 0 where there is none. */
  process(said: number): number {
    let at = said - '[: '.length
    if (this.bytes[at] !== 93) return 0
    let process = 0
    for (let tens = 1; ; tens *= 10) {
      const digit = (this.bytes[--at] as number) - 48
      if (!(digit >= 0 && digit <= 9)) return process
      process += tens * digit
    }
  }

  /** Where words begin last, before a place, but not before the start; -1 where they do not. */
  findLast(words: string, before = this.end): number {
    return findLastIn(this.bytes, words, { start: this.start, end: before })
  }

  /** The whole number that stands at a place; 0 where there is none. */
  number(from: number): number {
    let number = 0
    for (let at = from; at < this.end; at++) {
      const digit = (this.bytes[at] as number) - 48
      if (!(digit >= 0 && digit <= 9)) break
      number = number * 10 + digit
    }
    return number
  }
}

/** Whether words, in latin1, stand at a place. In the short loops of a scan this is cheaper than to ask the Buffer. */
export function saysAt(bytes: Uint8Array, start: number, words: string): boolean {
  for (let at = 0; at < words.length; at++) if (bytes[start + at] !== words.charCodeAt(at)) return false
  return true
}

/** Where words, in latin1, begin last between two places; -1 where they do not. */
export function findLastIn(
  bytes: Uint8Array,
  words: string,
  { start, end }: { start: number; end: number }
): number {
  const first = words.charCodeAt(0)
  for (let at = end - words.length; at >= start; at--)
    if (bytes[at] === first && saysAt(bytes, at, words)) return at
  return -1
}

/** Finds words by looking at every so many bytes only: R. N. Horspool, Practical fast searching in strings (1980). */
export class Finder {
  readonly length: number
  readonly #words: string
  /** For each byte, how far ahead the words may end at the least; 0 for their last one. */
  readonly #skips: Uint8Array

  constructor(words: string) {
    this.length = words.length
    this.#words = words
    this.#skips = new Uint8Array(256).fill(words.length)
    for (let at = 0; at < words.length; at++) this.#skips[words.charCodeAt(at)] = words.length - 1 - at
  }

  /** Where the words begin between two places; -1 where they do not. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const skips = this.#skips
    const before = this.length - 1
    for (let at = start + before; at < end; ) {
      const skip = skips[bytes[at] as number] as number
      if (skip > 0) at += skip
      else if (saysAt(bytes, at - before, this.#words)) return at - before
      else at++
    }
    return -1
  }
}

const lettersAndDigits = new Uint8Array(256).fill(1, 48, 58).fill(1, 65, 91).fill(1, 97, 123)

export function isLetterOrDigit(code: number): boolean {
  return lettersAndDigits[code] === 1
}

/** What a line was good for. */
export type Reading = 'read' | 'ignored' | 'not understood'

/** A recipient that was refused or thrown away before the message had a queue ID. */
export type Unqueued = { time: number; mark: Mark } & (
  | { action: 'reject' }
  | { action: 'discard'; sender: string; recipient: string }
)
