import { readDovecot } from './dovecot.ts'
import { readExim } from './exim.ts'
import type { HostLog } from './host.ts'
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

/** @param word a program as syslog names it: `postfix/scan/smtp`, `postfix-out/qmgr`, `sm-mta` */
export function familyOf(word: string): Program {
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
