import { isLetterOrDigit, type Line, type Reading, saysAt } from './line.ts'
import { type Attempt, handOn, type Message } from './message.ts'
import { noteAttempt, type Queue } from './queue.ts'

const origTo = ', orig_to=<'
const queuedAs = 'queued as '
const forwardedAs = '(forwarded as '

/** `to=<…>, [orig_to=<…>, ]relay=…, …, dsn=…, status=word (reply)` of any program that delivers. */
export function readDelivery(line: Line, queue: Queue, id: string): Reading {
  if (!line.says('to=<')) return 'ignored'
  const { bytes } = line
  const toEnd = endOfAddress(line, line.start + 4)
  const hasOrigin = toEnd !== -1 && saysAt(bytes, toEnd + 1, origTo)
  const originEnd = hasOrigin ? endOfAddress(line, toEnd + 1 + origTo.length) : toEnd
  if (toEnd === -1 || originEnd === -1 || !saysAt(bytes, originEnd + 1, ', relay=')) return 'not understood'
  const relay = originEnd + 1 + 8
  const relayEnd = line.find(', ', relay)
  const dsn = line.find(', dsn=', relay)
  const status = dsn === -1 ? -1 : line.find(', status=', dsn)
  if (relayEnd === -1 || status === -1) return 'not understood'
  const word = status + 9
  const wordEnd = line.find(' ', word)
  const end = wordEnd === -1 ? line.end : wordEnd
  // One copy of the line, and slices of that: they keep nothing else in memory.
  const first = line.start + 4
  const own = line.cut(first, line.end)
  const slice = (from: number, to: number) => own.slice(from - first, to - first)
  const attempt: Attempt = {
    to: slice(first, toEnd),
    origTo: hasOrigin ? slice(toEnd + 1 + origTo.length, originEnd) : undefined,
    program: line.program,
    relay: slice(relay, relayEnd),
    dsn: slice(dsn + 6, status),
    status: saysAt(bytes, word, 'sent ') ? 'sent' : slice(word, end),
    reply: own.slice(end + 1 - first),
    time: line.time,
    mark: line.mark,
    child: undefined
  }
  const message = queue.about(id, line.time, line.mark)
  if (attempt.status === 'deliverable' || attempt.status === 'undeliverable') {
    message.probe = true
    return 'read'
  }
  attempt.child = childOf(attempt, message, queue)
  if (!attempt.child && isProgram(attempt.reply)) queue.given(message, attempt)
  noteAttempt(message, attempt)
  return 'read'
}

/** Where an address ends whose local part may be quoted and hold anything; -1 where it does not. */
function endOfAddress(line: Line, start: number): number {
  const { bytes, end } = line
  let at = start
  if (bytes[at] === 34) for (at++; at < end && bytes[at] !== 34; at++) if (bytes[at] === 92) at++
  return line.find('>', at)
}

/** The message of the same host that a recipient was handed on in, if it is one. */
function childOf({ status, reply, program }: Attempt, message: Message, queue: Queue): Message | undefined {
  if (status !== 'sent') return undefined
  const child = programsWithReply(program)
    ? namedChild(reply, queuedAs, queue)
    : program === 'local' && reply.startsWith(forwardedAs)
      ? namedChild(reply, forwardedAs, queue)
      : isProgram(reply)
        ? queue.handedInAgain(message)
        : undefined
  return child && continues(message, child) && handOn(message, child) ? child : undefined
}

/** An ID of another host may be one of ours by chance. */
function continues(message: Message, child: Message): boolean {
  if (child === message || (child.opened ?? 0) < (message.opened ?? 0)) return false
  return !child.messageId || !message.messageId || child.messageId === message.messageId
}

function isProgram(reply: string): boolean {
  return reply.startsWith('(delivered via ') || reply.startsWith('(delivered to command: ')
}

function programsWithReply(program: string): boolean {
  return program === 'smtp' || program === 'lmtp'
}

function namedChild(reply: string, words: string, queue: Queue): Message | undefined {
  const at = reply.lastIndexOf(words)
  if (at === -1) return undefined
  const start = at + words.length
  let end = start
  while (end < reply.length && isLetterOrDigit(reply.charCodeAt(end))) end++
  return queue.find(reply.slice(start, end))
}
