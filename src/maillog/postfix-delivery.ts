import type { Attempt } from './attempt.ts'
import { Finder, findLastIn, isLetterOrDigit, type Line, type Reading, saysAt } from './line.ts'
import { handOn, type Message } from './message.ts'
import { noteAttempt, type Queue } from './queue.ts'

const [origToIs, relayIs] = [', orig_to=<', ', relay=']
const [dsnIs, statusIs] = [new Finder(', dsn='), new Finder(', status=')]
const queuedAs = 'queued as '
const forwardedAs = '(forwarded as '

/** `to=<…>, [orig_to=<…>, ]relay=…, …, dsn=…, status=word (reply)` of any program that delivers. */
export function readDelivery(line: Line, queue: Queue): Reading {
  if (!line.says('to=<')) return 'ignored'
  const attempt = queue.spares.attempt()
  if (!takeFields(attempt, line)) {
    queue.spares.giveBack(attempt)
    return 'not understood'
  }
  const message = queue.aboutLine(line)
  if (attempt.status === 'deliverable' || attempt.status === 'undeliverable') {
    message.probe = true
    queue.spares.giveBack(attempt)
    return 'read'
  }
  attempt.child = childOf(attempt, message, queue)
  if (!attempt.child && attempt.status === 'sent' && isProgram(attempt)) queue.given(message, attempt)
  const former = noteAttempt(message, attempt)
  // Only of what was delivered to a program something else is remembered.
  if (former?.status === 'deferred') queue.spares.giveBack(former)
  return 'read'
}

/** Takes what follows `to=<`. @returns whether all fields are there */
function takeFields(attempt: Attempt, line: Line): boolean {
  const { bytes, end } = line
  const first = line.start + 4
  const toEnd = endOfAddress(line, first)
  if (toEnd === -1) return false
  const hasOrigin = saysAt(bytes, toEnd + 1, origToIs)
  const origTo = toEnd + 1 + origToIs.length
  const origToEnd = hasOrigin ? endOfAddress(line, origTo) : toEnd
  if (origToEnd === -1 || !saysAt(bytes, origToEnd + 1, relayIs)) return false
  const relay = origToEnd + 1 + relayIs.length
  const relayEnd = line.find(', ', relay)
  const beforeDsn = relayEnd === -1 ? -1 : dsnIs.find(bytes, relayEnd, end)
  const dsn = beforeDsn + dsnIs.length
  const dsnEnd = beforeDsn === -1 ? -1 : statusIs.find(bytes, dsn, end)
  if (dsnEnd === -1) return false
  const status = dsnEnd + statusIs.length
  const word = line.find(' ', status)
  const statusEnd = word === -1 ? end : word
  attempt.toEnd = toEnd - first
  attempt.origToStart = hasOrigin ? origTo - first : -1
  attempt.origToEnd = origToEnd - first
  attempt.relayStart = relay - first
  attempt.relayEnd = relayEnd - first
  attempt.dsnStart = dsn - first
  attempt.dsnEnd = dsnEnd - first
  attempt.replyStart = Math.min(statusEnd + 1, end) - first
  attempt.program = line.program
  attempt.status = saysAt(bytes, status, 'sent ') ? 'sent' : line.word(status, statusEnd)
  attempt.time = line.time
  attempt.mark = line.mark
  attempt.take(bytes, first, end)
  return true
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
    : program === 'local' && attempt.saysReply(forwardedAs)
      ? namedChild(attempt, forwardedAs, queue)
      : isProgram(attempt)
        ? queue.handedInAgain(message)
        : undefined
  return child && continues(message, child) && handOn(message, child) ? child : undefined
}

/** An ID of another host may be one of ours by chance. */
function continues(message: Message, child: Message): boolean {
  if (child === message || (child.opened || 0) < (message.opened || 0)) return false
  return !child.isUnlike(message)
}

function isProgram(attempt: Attempt): boolean {
  return attempt.saysReply('(delivered via ') || attempt.saysReply('(delivered to command: ')
}

function programsWithReply(program: string): boolean {
  return program === 'smtp' || program === 'lmtp'
}

function namedChild(attempt: Attempt, words: string, queue: Queue): Message | undefined {
  const { bytes, length } = attempt
  const at = findLastIn(bytes, words, { start: attempt.replyStart, end: length })
  if (at === -1) return undefined
  const start = at + words.length
  let end = start
  while (end < length && isLetterOrDigit(bytes[end] as number)) end++
  return queue.messages.in(bytes, start, end)
}
