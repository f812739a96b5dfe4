import { saysAt } from './line.ts'

const usual = 256
/** What was longer is not worth to be kept for the next one. */
const longest = 4_096

/** Up to as many bytes, to copy one after the other is faster than to call what copies them. */
const few = 64

/** Pieces of lines, one after the other, in memory that is used again. */
export class Pieces {
  bytes: Buffer = Buffer.allocUnsafe(usual)
  length = 0

  clear() {
    this.length = 0
    if (this.bytes.length > longest) this.bytes = Buffer.allocUnsafe(usual)
  }

  /** Gives up the room that it does not need: what is kept for long would hold that of all that was made beside it. */
  shrink() {
    if (this.length < this.bytes.length) this.bytes = Buffer.from(this.bytes.subarray(0, this.length))
  }

  /** Adds bytes of a line. @returns where they end */
  take(source: Buffer, start: number, end: number): number {
    if (this.length + end - start > this.bytes.length) this.#makeRoom(end - start)
    const { bytes } = this
    let to = this.length
    if (end - start > few) to += source.copy(bytes, to, start, end)
    else for (let at = start; at < end; at++) bytes[to++] = source[at] as number
    this.length = to
    return to
  }

  /** Adds latin1. @returns where it ends */
  add(text: string): number {
    if (this.length + text.length > this.bytes.length) this.#makeRoom(text.length)
    this.bytes.write(text, this.length, 'latin1')
    this.length += text.length
    return this.length
  }

  text(start: number, end: number): string {
    return this.bytes.latin1Slice(start, end)
  }

  says(words: string, start: number): boolean {
    return start + words.length <= this.length && saysAt(this.bytes, start, words)
  }

  /** Whether what stands in a place is the same as what stands in another one. */
  has(start: number, end: number, other: { pieces: Pieces; start: number; end: number }): boolean {
    if (end - start !== other.end - other.start) return false
    const { bytes } = this
    const others = other.pieces.bytes
    for (let at = start, there = other.start; at < end; at++, there++)
      if (bytes[at] !== others[there]) return false
    return true
  }

  #makeRoom(needed: number) {
    const bytes = Buffer.allocUnsafe(2 * (this.length + needed))
    this.bytes.copy(bytes, 0, 0, this.length)
    this.bytes = bytes
  }
}
