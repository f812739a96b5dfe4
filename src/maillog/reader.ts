import type { Clock } from './clock.ts'
import type { Window } from './collect.ts'
import type { BrokenLog } from './files.ts'
import { formatOf } from './formats.ts'
import { HostLog } from './host.ts'
import { Line } from './line.ts'
import { type Mark, markBase } from './message.ts'
import { isSame, Programs, viewOf } from './programs.ts'

/** What is cut off a line that never seems to end; the rest of it is passed over. */
const longest = 64 * 1_024

export type Oddity = {
  kind: 'not understood' | 'too long' | 'NUL bytes' | 'cut off'
  mark: Mark
  text: string
}
export type Oddities = { counts: Partial<Record<Oddity['kind'], number>>; samples: Oddity[] }

const nothing = Buffer.alloc(0)
const lineFeed = 10

type Opened = { number: number; start: number; clock: Clock; host: string; head: string }

/** Reads the logs of some hosts, each host's files in the order of time. */
export class LogReader {
  readonly hosts = new Map<string, HostLog>()
  readonly oddities: Oddities = { counts: {}, samples: [] }
  readonly #newHost: (name: string) => HostLog
  readonly #programs = new Programs()
  readonly #line = new Line()
  /** The bytes of the line. */
  #view = viewOf(nothing)
  #file: Opened | undefined
  #normalize: ((line: string, host: string) => string | undefined) | undefined
  #offset = 0
  /** The beginning of a line whose end is still to come. */
  #rest: Buffer = nothing
  /** Whether the end of a line that is too long is still to come. */
  #skipping = false
  /** Stamp and host of the last line: the next one mostly has the same. */
  readonly #prefix = new DataView(new ArrayBuffer(512))
  #prefixLength = 0
  #host: HostLog | undefined
  /** All that the file has lines of. */
  #hosts = new Set<HostLog>()
  #time = 0

  constructor(newHost: (name: string) => HostLog) {
    this.#newHost = newHost
  }

  beginFile(file: Opened) {
    this.#file = file
    this.#normalize = formatOf(file.head).normalize
    this.#offset = file.start
    this.#prefixLength = 0
    this.#host = undefined
    this.#hosts = new Set()
    this.#skipping = false
    this.#rest = nothing
  }

  /** Takes in the next piece of the file; the piece may be used again afterwards. */
  feed(piece: Buffer) {
    // The line that the last piece broke off in, alone: a copy of every piece would cost as much as to read it.
    const end = this.#rest.length === 0 ? 0 : piece.indexOf(lineFeed) + 1 || piece.length
    if (end > 0) this.#take(Buffer.concat([this.#rest, piece.subarray(0, end)]))
    if (end < piece.length) this.#take(piece.subarray(end))
  }

  /** @param broken why the file could not be read to its end, if so */
  endFile(broken?: BrokenLog) {
    if (this.#rest.length === 0 && broken === undefined) return
    this.#note('cut off', this.#offset, broken?.message ?? this.#rest.toString('latin1', 0, 200))
    for (const host of this.#hosts) host.cutOff(broken?.isDamaged)
  }

  /**
   * Whether no host has more to tell of mail that was accepted in a time; what carries none may tell of any other's.
   * What begins later may be followed by what is earlier, where logs were put together into one.
   */
  isThrough(window: Window): boolean {
    const hosts = [...this.hosts.values()]
    const begins = hosts.some(host => host.carriesMail() && host.first <= window.from)
    return begins && hosts.every(host => host.isThrough(window))
  }

  end() {
    for (const host of this.hosts.values()) host.end()
  }

  /** Reads all lines that end in it, and keeps what is left. */
  #take(bytes: Buffer) {
    const end = bytes.lastIndexOf(lineFeed) + 1
    if (end > 0) this.#readLines(bytes, end)
    this.#offset += end
    const rest = bytes.length - end
    this.#rest = rest > longest ? nothing : Buffer.from(bytes.subarray(end))
    if (rest <= longest) return
    if (!this.#skipping) this.#noteTooLong(this.#offset, bytes.latin1Slice(end, end + 200))
    this.#skipping = true
    this.#offset += rest
  }

  #readLines(bytes: Buffer, length: number) {
    let start = 0
    if (this.#skipping) {
      this.#skipping = false
      start = bytes.indexOf(lineFeed) + 1
    }
    const base = (this.#file as Opened).number * markBase + this.#offset
    while (start < length) {
      const end = bytes.indexOf(lineFeed, start)
      if (end - start > longest)
        this.#noteTooLong(this.#offset + start, bytes.latin1Slice(start, start + 200))
      else if (this.#normalize) this.#readOther(bytes, start, end)
      else if (!this.#read(bytes, start, end, base + start)) this.#readOdd(bytes, start, end)
      start = end + 1
    }
  }

  /** @returns whether it is a line of a log */
  #read(bytes: Buffer, start: number, end: number, mark: Mark): boolean {
    const line = this.#line
    // To set an object costs more than to ask.
    if (line.bytes !== bytes) {
      line.bytes = bytes
      this.#view = viewOf(bytes)
    }
    let at = start + this.#prefixLength
    if (at === start || at > end || !isSame(this.#view, start, this.#prefix, this.#prefixLength)) {
      at = this.#readPrefix(bytes, start, end)
      if (at === -1) return false
    }
    const host = this.#host as HostLog
    host.lines++
    const program = this.#programs.at(bytes, this.#view, at, end)
    if (!program?.read) return true
    const nameEnd = at + program.tagLength
    const said = bytes[nameEnd] === 91 ? endOfNumber(bytes, nameEnd, end) : nameEnd + 2
    if (said > end) return true
    line.start = said
    line.end = bytes[end - 1] === 13 ? end - 1 : end
    line.time = this.#time
    line.mark = mark
    if (line.program !== program.name) line.program = program.name
    if (program.read(line, host, program.instance) === 'not understood')
      this.#noteLine('not understood', line)
    return true
  }

  /** Time and host, where they are not those of the last line. */
  #readPrefix(bytes: Buffer, start: number, end: number): number {
    const letter = bytes[start] as number
    const stampEnd = letter >= 65 && letter <= 90 ? start + 15 : bytes.indexOf(32, start)
    const hostEnd = bytes.indexOf(32, stampEnd + 1)
    if (stampEnd === -1 || hostEnd === -1 || hostEnd > end || bytes[stampEnd] !== 32) return -1
    const time = (this.#file as Opened).clock.at(bytes.latin1Slice(start, stampEnd))
    if (Number.isNaN(time) || bytes[hostEnd - 1] === 58) return -1
    const name = bytes.latin1Slice(stampEnd + 1, hostEnd)
    if (this.#host?.name !== name) this.#host = this.#hostOf(name)
    this.#host.at(time)
    this.#time = time
    const length = hostEnd + 1 - start
    this.#prefixLength = length <= this.#prefix.byteLength ? length : 0
    for (let at = 0; at < this.#prefixLength; at++) this.#prefix.setUint8(at, bytes[start + at] as number)
    return hostEnd + 1
  }

  #hostOf(name: string): HostLog {
    const known = this.hosts.get(name)
    const host = known ?? this.#newHost(name)
    this.hosts.set(name, host)
    this.#hosts.add(host)
    return host
  }

  /** A line in another form, made into one that can be read. */
  #readOther(bytes: Buffer, start: number, end: number) {
    const { number, host } = this.#file as Opened
    const mark = number * markBase + this.#offset + start
    const line = this.#normalize?.(bytes.latin1Slice(start, end), host)
    if (line !== undefined && this.#read(Buffer.from(`${line}\n`, 'latin1'), 0, line.length, mark)) return
    this.#note('not understood', this.#offset + start, bytes.latin1Slice(start, Math.min(end, start + 200)))
  }

  #readOdd(bytes: Buffer, start: number, end: number) {
    let at = start
    while (at < end && bytes[at] === 0) at++
    const { number } = this.#file as Opened
    const mark = number * markBase + this.#offset + at
    if (at > start) {
      this.#note('NUL bytes', this.#offset + start, '')
      // A crash left them in the place of lines.
      this.#host?.cutOff()
    }
    if (at > start && this.#read(bytes, at, end, mark)) return
    if (at === end) return
    // The form may change in the middle of a file.
    const text = bytes.latin1Slice(at, end)
    const line = formatOf(text).normalize?.(text, (this.#file as Opened).host)
    if (line !== undefined && this.#read(Buffer.from(`${line}\n`, 'latin1'), 0, line.length, mark)) return
    this.#note('not understood', this.#offset + at, text.slice(0, 200))
  }

  #noteTooLong(offset: number, text: string) {
    this.#note('too long', offset, text)
    this.#host?.cutOff()
  }

  #noteLine(kind: Oddity['kind'], { mark, bytes, end }: Line) {
    const begin = bytes.lastIndexOf(lineFeed, end - 1) + 1
    this.#noteAt(kind, mark, bytes.latin1Slice(begin, Math.min(end, begin + 200)))
  }

  #note(kind: Oddity['kind'], offset: number, text: string) {
    this.#noteAt(kind, (this.#file as Opened).number * markBase + offset, text)
  }

  #noteAt(kind: Oddity['kind'], mark: Mark, text: string) {
    const { counts, samples } = this.oddities
    const count = (counts[kind] ?? 0) + 1
    counts[kind] = count
    if (count <= 10) samples.push({ kind, mark, text })
  }
}

/** Where `[PID]: ` ends. */
function endOfNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== 93) at++
  return bytes[at + 1] === 58 && bytes[at + 2] === 32 ? at + 3 : end + 1
}
