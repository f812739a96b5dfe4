import { closeSync, openSync, writeSync } from 'node:fs'

const bufferBytes = 1 << 18

/** What a cell has at the most beside its text: quotes, the comma, two numbers. */
const spare = 64
const thousandMillions = 1e9
const [lineFeed, carriageReturn, quote, comma, dot, colon, zulu] = [10, 13, 34, 44, 46, 58, 90]

/** Which bytes stand in a cell as they are, without quotes. */
const isPlain = new Uint8Array(256).fill(1, 0, 128)
for (const code of [lineFeed, carriageReturn, quote, comma]) isPlain[code] = 0

/**
 * A CSV file that is written a piece at a time, at once. Cells go in one after the other as bytes: a scan has millions
 * of them, and rows made of strings would cost more than to read the log.
 */
export class CsvFile {
  readonly #file: number
  readonly #bytes = Buffer.allocUnsafeSlow(bufferBytes)
  #length = 0
  /** Whether a cell of the row came before. */
  #begun = false

  constructor(name: string, columns: readonly string[] | false) {
    this.#file = openSync(name, 'w')
    if (!columns) return
    for (const column of columns) this.word(column)
    this.endRow()
  }

  /** A cell of ASCII that needs no quotes. */
  word(text: string) {
    this.#begin(text.length)
    this.#put(text)
  }

  /** A cell as the log had it, byte for byte; broken UTF-8 is marked. Empty where it begins at -1. */
  logged(source: Buffer, start: number, end: number) {
    const bytes = this.#bytes
    const from = this.#begin(end - start)
    if (start < 0) return
    let to = from
    for (let at = start; at < end; at++) {
      const byte = source[at] as number
      if (isPlain[byte] !== 1) return this.#add(source.toString('utf8', start, end), from)
      bytes[to++] = byte
    }
    this.#length = to
  }

  /** The same of a string in latin1. */
  latin1(text: string) {
    const bytes = this.#bytes
    const from = this.#begin(text.length)
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (isPlain[code] !== 1) return this.#add(Buffer.from(text, 'latin1').toString('utf8'), from)
      bytes[from + at] = code
    }
    this.#length = from + text.length
  }

  text(text: string) {
    this.#add(text, this.#begin(text.length))
  }

  /** A cell of a whole number; empty without one, for less than zero, or for more than can be told exactly. */
  number(number = Number.NaN) {
    this.#begin(0)
    if (number >= 0 && number <= Number.MAX_SAFE_INTEGER) this.#putNumber(number)
  }

  /** A cell of a time: the date as it is written before it, and milliseconds of that day. */
  stamp(date: string, milliseconds: number) {
    this.#begin(date.length)
    this.#put(date)
    const seconds = (milliseconds / 1_000) | 0
    const minutes = (seconds / 60) | 0
    this.#putDigits((minutes / 60) | 0, 2)
    this.#bytes[this.#length++] = colon
    this.#putDigits(minutes % 60, 2)
    this.#bytes[this.#length++] = colon
    this.#putDigits(seconds % 60, 2)
    this.#bytes[this.#length++] = dot
    this.#putDigits(milliseconds % 1_000, 3)
    this.#bytes[this.#length++] = zulu
  }

  /** A cell of words, as `word` has them, and numbers in turn. */
  wordAndNumber(text: string, number: number, more = '', other?: number) {
    this.#begin(text.length + more.length)
    this.#put(text)
    this.#putNumber(number)
    this.#put(more)
    if (other !== undefined) this.#putNumber(other)
  }

  endRow() {
    this.#bytes[this.#length++] = lineFeed
    this.#begun = false
  }

  close() {
    this.#flush()
    closeSync(this.#file)
  }

  /** Makes room for a cell. @returns where its text begins */
  #begin(characters: number): number {
    // A character of a string has three bytes at the most.
    if (this.#length + 3 * characters + spare > bufferBytes) this.#flush()
    if (this.#begun) this.#bytes[this.#length++] = comma
    this.#begun = true
    return this.#length
  }

  #put(text: string) {
    const bytes = this.#bytes
    const from = this.#length
    for (let at = 0; at < text.length; at++) bytes[from + at] = text.charCodeAt(at)
    this.#length = from + text.length
  }

  #putNumber(number: number) {
    if (number < thousandMillions) return this.#putDigits(number | 0, digitsOf(number | 0))
    this.#putNumber(Math.floor(number / thousandMillions))
    this.#putDigits((number % thousandMillions) | 0, 9)
  }

  #putDigits(number: number, digits: number) {
    const bytes = this.#bytes
    let left = number
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const rest = (left / 10) | 0
      bytes[at] = 48 + left - 10 * rest
      left = rest
    }
    this.#length += digits
  }

  #add(text: string, from: number) {
    const cell = /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    this.#length = from
    if (3 * cell.length + spare <= bufferBytes) {
      this.#length += this.#bytes.write(cell, from)
      return
    }
    this.#flush()
    writeSync(this.#file, cell)
  }

  #flush() {
    for (let at = 0; at < this.#length; ) at += writeSync(this.#file, this.#bytes, at, this.#length - at)
    this.#length = 0
  }
}

function digitsOf(number: number): number {
  let digits = 1
  for (let left = number; left >= 10; left = (left / 10) | 0) digits++
  return digits
}
