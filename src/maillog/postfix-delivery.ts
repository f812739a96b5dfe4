import { isLetterOrDigit, type Line, type Reading, saysAt } from './line.ts'
import { Attempt, handOn, type Message, type Places } from './message.ts'
import { noteAttempt, type Queue } from './queue.ts'

const [origToIs, relayIs, dsnIs, statusIs] = [', orig_to=<', ', relay=', ', dsn=', ', status=']
const queuedAs = 'queued as '
const forwardedAs = '(forwarded as '

/** `to=<…>, [orig_to=<…>, ]relay=…, …, dsn=…, status=word (reply)` of any program that delivers. */
export function readDelivery(line: Line, queue: Queue): Reading {
  if (!line.says('to=<')) return 'ignored'
  const first = line.start + 4
  const places = placesOf(line, first)
  if (!places) return 'not understood'
  const status = statusAt(line, first + places.dsnEnd + statusIs.length)
  const message = queue.aboutLine(line)
  if (status === 'deliverable' || status === 'undeliverable') {
    message.probe = true
    return 'read'
  }
  // One copy of the line: it keeps nothing else in memory.
  const { program, time, mark } = line
  const attempt = new Attempt(line.cut(first, line.end), places, { program, status, time, mark })
  attempt.child = childOf(attempt, message, queue)
  if (!attempt.child && isProgram(attempt)) queue.given(message, attempt)
  noteAttempt(message, attempt)
  return 'read'
}

/** Where the fields stand in what follows `to=<`. */
function placesOf(line: Line, first: number): Places | undefined {
  const { bytes, end } = line
  const toEnd = endOfAddress(line, first)
  if (toEnd === -1) return undefined
  const hasOrigin = saysAt(bytes, toEnd + 1, origToIs)
  const origTo = hasOrigin ? toEnd + 1 + origToIs.length : -1
  const origToEnd = hasOrigin ? endOfAddress(line, origTo) : toEnd
  if (origToEnd === -1 || !saysAt(bytes, origToEnd + 1, relayIs)) return undefined
  const relay = origToEnd + 1 + relayIs.length
  const relayEnd = line.find(', ', relay)
  const before = relayEnd === -1 ? -1 : line.find(dsnIs, relayEnd)
  const dsn = before + dsnIs.length
  const dsnEnd = before === -1 ? -1 : line.find(statusIs, dsn)
  if (dsnEnd === -1) return undefined
  const word = line.find(' ', dsnEnd + statusIs.length)
  const reply = word === -1 ? end : word + 1
  return {
    toEnd: toEnd - first,
    origToStart: hasOrigin ? origTo - first : -1,
    origToEnd: origToEnd - first,
    relayStart: relay - first,
    relayEnd: relayEnd - first,
    dsnStart: dsn - first,
    dsnEnd: dsnEnd - first,
    replyStart: reply - first
  }
}

function statusAt(line: Line, start: number): string {
  if (saysAt(line.bytes, start, 'sent ')) return 'sent'
  const end = line.find(' ', start)
  return line.word(start, end === -1 ? line.end : end)
}

/** Where an address ends whose local part may be quoted and hold anything; -1 where it does not. */
function endOfAddress(line: Line, start: number): number {
  const { bytes, end } = line
  let at = start
  if (bytes[at] === 34) for (at++; at < end && bytes[at] !== 34; at++) if (bytes[at] === 92) at++
  return line.find('>', at)
}

/** The message of the same host that a recipient was handed on in, if it is one. */
function childOf(attempt: Attempt, message: Message, queue: Queue): Message | undefined {
  const { status, program } = attempt
  if (status !== 'sent') return undefined
  const child = programsWithReply(program)
    ? namedChild(attempt, queuedAs, queue)
    : program === 'local' && saysReply(attempt, forwardedAs)
      ? namedChild(attempt, forwardedAs, queue)
      : isProgram(attempt)
        ? queue.handedInAgain(message)
        : undefined
  return child && continues(message, child) && handOn(message, child) ? child : undefined
}

/** An ID of another host may be one of ours by chance. */
function continues(message: Message, child: Message): boolean {
  if (child === message || (child.opened ?? 0) < (message.opened ?? 0)) return false
  return !child.messageId || !message.messageId || child.messageId === message.messageId
}

function isProgram(attempt: Attempt): boolean {
  return saysReply(attempt, '(delivered via ') || saysReply(attempt, '(delivered to command: ')
}

function saysReply({ text, replyStart }: Attempt, words: string): boolean {
  return text.startsWith(words, replyStart)
}

function programsWithReply(program: string): boolean {
  return program === 'smtp' || program === 'lmtp'
}

function namedChild({ text, replyStart }: Attempt, words: string, queue: Queue): Message | undefined {
  const at = text.lastIndexOf(words)
  if (at < replyStart) return undefined
  const start = at + words.length
  let end = start
  while (end < text.length && isLetterOrDigit(text.charCodeAt(end))) end++
  return queue.find(text.slice(start, end))
}
