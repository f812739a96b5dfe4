import { readDovecot } from './dovecot.ts'
import { readExim } from './exim.ts'
import type { HostLog } from './host.ts'
import { hashed, mixed } from './ids.ts'
import type { Line, Reading, Unqueued } from './line.ts'
import { type PostfixReader, postfixReader, readPostfix } from './postfix.ts'
import { readSendmail } from './sendmail.ts'

export type Program = {
  /** Of its tag, as syslog names it. */
  tag: DataView
  tagLength: number
  name: string
  /** The mail system that it belongs to, of several on a host. */
  instance: string
  /** Takes in a line of it; nothing does for programs that have no say in mail. */
  read: ((line: Line, host: HostLog, instance: string) => Reading) | undefined
}

/** A power of two. */
const kept = 1_024

/** How much of a line is looked at to guess its program. */
const looked = 14

/** The programs that a log names, found by the bytes of their tags: to cut these out of each line would cost more. */
export class Programs {
  /** By a hash of the tag. */
  readonly #byTag: (Program | undefined)[] = Array.from({ length: kept }, () => undefined)
  /** By some bytes of the tag and behind it: there may be several places for one. */
  readonly #guesses: (Program | undefined)[] = Array.from({ length: kept }, () => undefined)

  /** The program whose tag stands at a place, mostly the one that had the same bytes there; of the kernel there may be none. */
  at(bytes: Buffer, view: DataView, at: number, end: number): Program | undefined {
    const isLong = at + looked <= end
    const guess = isLong ? mixed(view.getInt32(at + 6, true) ^ view.getInt32(at + 10, true)) & (kept - 1) : 0
    const guessed = isLong ? this.#guesses[guess] : undefined
    if (
      guessed &&
      isTagEnd(bytes[at + guessed.tagLength] as number) &&
      isSame(view, at, guessed.tag, guessed.tagLength)
    )
      return guessed
    let nameEnd = at
    let hash = 0
    for (; nameEnd < end; nameEnd++) {
      const code = bytes[nameEnd] as number
      if (code === 32) return undefined
      if (isTagEnd(code)) break
      hash = hashed(hash, code)
    }
    if (nameEnd === end) return undefined
    const place = mixed(hash) & (kept - 1)
    let program = this.#byTag[place]
    if (!program || program.tagLength !== nameEnd - at || !isSame(view, at, program.tag, nameEnd - at)) {
      program = familyOf(bytes.latin1Slice(at, nameEnd))
      this.#byTag[place] = program
    }
    if (isLong) this.#guesses[guess] = program
    return program
  }
}

/** `[` or `:`. */
function isTagEnd(code: number): boolean {
  return code === 91 || code === 58
}

/** Whether bytes are the same, eight at a time; the last eight overlap those before. What is no number is none's equal. */
export function isSame(one: DataView, start: number, other: DataView, length: number): boolean {
  const last = length - 8
  if (last < 0) {
    for (let at = 0; at < length; at++) if (one.getInt8(start + at) !== other.getInt8(at)) return false
    return true
  }
  for (let at = 0; at < last; at += 8)
    if (one.getFloat64(start + at, true) !== other.getFloat64(at, true)) return false
  return one.getFloat64(start + last, true) === other.getFloat64(last, true)
}

/** @param word a program as syslog names it: `postfix/scan/smtp`, `postfix-out/qmgr`, `sm-mta` */
function familyOf(word: string): Program {
  const [first = word, ...path] = word.split('/')
  const instance = theSame(first)
  const name = theSame(path.at(-1) ?? word)
  const bytes = Buffer.from(word, 'latin1')
  const own = { tag: viewOf(bytes), tagLength: bytes.length }
  if (path.length > 0 && instance !== 'dovecot')
    return { ...own, name, instance, read: postfix(postfixReader(name)) }
  // `syslog_processname` gives Exim a name of its own.
  const read = readers.get(instance) ?? (instance.startsWith('exim') ? exim : undefined)
  return { ...own, name, instance, read }
}

export function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length)
}

const words = new Map<string, string>()

/** One string for all that are equal: those are compared fastest. */
function theSame(word: string): string {
  const known = words.get(word)
  if (known !== undefined) return known
  // Anybody on a host may log under any name, and under ever new ones.
  if (words.size >= kept) words.clear()
  words.set(word, word)
  return word
}

const readers = new Map<string, Program['read']>([
  ['sendmail', sendmail],
  ['sm-mta', sendmail],
  ['sm-msp-queue', sendmail],
  ['sm-que', sendmail],
  ['dovecot', readDovecot],
  ['rsyslogd', suppression],
  ['systemd-journald', suppression],
  ['systemd-journal', suppression],
  ['journal', suppression],
  ['syslogd', suppression]
])

function postfix(reader: PostfixReader | undefined): Program['read'] {
  if (!reader) return undefined
  return (line, host, instance) => taken(readPostfix(line, host.queue(instance), reader), host)
}

function taken(reading: Reading | Unqueued, host: HostLog): Reading {
  if (typeof reading === 'string') return reading
  host.unqueued(reading)
  return 'read'
}

function exim(line: Line, host: HostLog): Reading {
  return taken(readExim(line, host.queue('exim')), host)
}

function sendmail(line: Line, host: HostLog): Reading {
  return readSendmail(line, host.queue('sendmail'))
}

/** The logging itself says that lines are missing. */
function suppression(line: Line, host: HostLog): Reading {
  const words = ['Suppressed ', 'lost due to rate-limiting', 'begin to drop']
  if (!words.some(word => line.find(word, line.start) !== -1)) return 'ignored'
  host.suppressed(line.time)
  return 'read'
}
