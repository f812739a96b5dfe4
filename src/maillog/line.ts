import type { Mark } from './message.ts'

declare global {
  interface Buffer {
    /** What `toString('latin1')` calls; several times faster for short cuts. */
    latin1Slice(start?: number, end?: number): string
  }
}

/** V8 makes slices of this length and more refer to what they are cut from. */
const sliced = 13

/** A line under the reader's eye; one object for all lines, never kept. */
export class Line {
  /** A piece of the log; `text` is `bytes` in latin1, so that an index is good for both. */
  text = ''
  bytes: Buffer = Buffer.alloc(0)
  /** What is said stands from `start` to `end`. */
  start = 0
  end = 0
  /** Milliseconds since the epoch. */
  time = 0
  mark: Mark = 0
  /** The name of the program, without instance and service. */
  program = ''

  /** A copy of its own: a longer slice of `text` would keep the whole piece in memory. */
  cut(start: number, end: number): string {
    return end - start < sliced ? this.text.slice(start, end) : this.bytes.latin1Slice(start, end)
  }

  says(words: string): boolean {
    return this.text.startsWith(words, this.start)
  }

  /** Where words begin after a place; -1 where they do not come before the end. */
  find(words: string, from: number): number {
    const at = this.text.indexOf(words, from)
    return at === -1 || at + words.length > this.end ? -1 : at
  }

  /** Where words begin last, but not before the start; -1 where they do not. */
  findLast(words: string): number {
    const at = this.text.lastIndexOf(words, this.end - words.length)
    return at < this.start ? -1 : at
  }

  /** The whole number that stands at a place; 0 where there is none. */
  number(from: number): number {
    let number = 0
    for (let at = from; at < this.end; at++) {
      const digit = this.text.charCodeAt(at) - 48
      if (!(digit >= 0 && digit <= 9)) break
      number = number * 10 + digit
    }
    return number
  }

  rest(from: number): string {
    return from < this.end ? this.cut(from, this.end) : ''
  }
}

export function isLetterOrDigit(code: number): boolean {
  const lower = code | 32
  return (code >= 48 && code <= 57) || (lower >= 97 && lower <= 122)
}

/** What a line was good for. */
export type Reading = 'read' | 'ignored' | 'not understood'

/** A recipient that was refused, held or thrown away before the message had a queue ID. */
export type Unqueued = {
  action: 'discard' | 'reject'
  sender: string
  recipient: string
  time: number
  mark: Mark
}
