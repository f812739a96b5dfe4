import { hashed, mixed } from './ids.ts'
import { isLetterOrDigit, type Line, type Reading, saysAt, type Unqueued } from './line.ts'
import { handOn, type Message } from './message.ts'
import { readDelivery } from './postfix-delivery.ts'
import type { Queue } from './queue.ts'

export type PostfixReader = (line: Line, queue: Queue) => Reading

const readers = new Map<string, PostfixReader>([
  ['smtpd', readSmtpd],
  ['qmqpd', readSmtpd],
  ['pickup', readPickup],
  ['cleanup', readCleanup],
  ['qmgr', readQmgr],
  ['oqmgr', readQmgr],
  ['bounce', readBounce],
  ['postsuper', readPostsuper]
])
const noIds = new Set(['warning', 'statistics', 'fatal', 'error', 'panic', 'Deleted', 'Requeued', 'Released'])
const aboutConnections = new Set(
  'anvil master postscreen tlsproxy scache dnsblog trivial-rewrite verify proxymap tlsmgr flush showq postfix-script postqueue postdrop sendmail'.split(
    ' '
  )
)

/** What reads the lines of a Postfix program; nothing does for those that never speak of a message. */
export function postfixReader(program: string): PostfixReader | undefined {
  return aboutConnections.has(program) ? undefined : (readers.get(program) ?? readDelivery)
}

/**
 * Takes in a line of a Postfix program. It is read from its beginning, field after field at its place: what
 * strangers choose, a message-id say, may look like any other field.
 * @returns also what was decided of a recipient without a queue ID
 */
export function readPostfix(line: Line, queue: Queue, reader: PostfixReader): Reading | Unqueued {
  if (!takeId(line)) return readOther(line, queue)
  // A word in front of a colon may be no ID; nearly every ID has a digit.
  if (isWord(line)) {
    if (saysAt(line.bytes, line.idStart, 'NOQUEUE:')) return readUnqueued(line)
    if (noIds.has(line.id())) {
      line.start = line.idStart
      return readOther(line, queue)
    }
  }
  return reader(line, queue)
}

/** Whether there is no digit in the ID. */
function isWord({ bytes, idStart, idEnd }: Line): boolean {
  for (let at = idStart; at < idEnd; at++) if ((bytes[at] as number) < 58) return false
  return true
}

/** Takes the queue ID off that a line begins with: six or more letters and digits before a colon. */
export function takeId(line: Line): boolean {
  const { bytes, start, end } = line
  let at = start
  let hash = 0
  for (; at < end; at++) {
    const code = bytes[at] as number
    if (!isLetterOrDigit(code)) break
    hash = hashed(hash, code)
  }
  if (at - start < 6 || bytes[at] !== 58 || bytes[at + 1] !== 32) return false
  line.idStart = start
  line.idEnd = at
  line.idHash = mixed(hash)
  line.start = at + 2
  return true
}

function readSmtpd(line: Line, queue: Queue): Reading {
  if (line.says('client=')) {
    const message = queue.openLine(line)
    message.process = line.process(line.idStart)
    if (queue.thrownAway.size > 0) queue.thrownAway.delete(message.process)
    // The client's own name cannot hold a bracket.
    const after = line.find(']', line.start)
    const origin = ', orig_queue_id='
    if (after !== -1 && saysAt(line.bytes, after + 1, origin)) {
      const from = after + 1 + origin.length
      const to = line.find(',', from)
      const parent = queue.messages.in(line.bytes, from, to === -1 ? line.end : to)
      if (parent) handOn(parent, message)
    }
    return 'read'
  }
  if (line.says('discard: ')) return discard(line, queue)
  if (line.says('removed')) return readRemoved(line, queue)
  return 'ignored'
}

function readPickup(line: Line, queue: Queue): Reading {
  if (!line.says('uid=')) return 'ignored'
  const message = queue.openLine(line)
  const former = requeuedOf(line, queue)
  if (former && handOn(former, message)) {
    former.requeued = message
    queue.close(former, line.time)
  } else message.made = true
  return 'read'
}

/** The message that was queued anew: `uid=102 from=<sender> orig_id=ID`. */
function requeuedOf(line: Line, queue: Queue): Message | undefined {
  const origin = line.findLast('> orig_id=')
  if (origin === -1) return undefined
  const former = queue.messages.in(line.bytes, origin + '> orig_id='.length, line.end)
  return former?.closed ? undefined : former
}

function readCleanup(line: Line, queue: Queue): Reading {
  if (line.says('message-id=')) return readMessageId(line, queue)
  if (line.says('to=<')) return readDelivery(line, queue)
  if (line.says('discard: ') || line.says('milter-discard: ')) return discard(line, queue)
  if (line.says('hold: ') || line.says('milter-hold: ')) return hold(line, queue.aboutLine(line))
  if (line.says('removed')) return readRemoved(line, queue)
  if (line.says('reject: ') || line.says('milter-reject: ')) {
    queue.close(queue.aboutLine(line), line.time)
    return 'read'
  }
  return 'ignored'
}

function readMessageId(line: Line, queue: Queue): Reading {
  const known = queue.messages.at(line)
  const same = known && known.messageIdStart < 0 && (known.held || known.fate || known.nrcpt === 0)
  const message = same && !(known.closed && !known.fate) ? known : queue.openLine(line)
  // What has neither a client nor a user was made by the mail system.
  if (message !== known) message.made = true
  message.takeMessageId(line, line.start + 'message-id='.length, line.end)
  if (message.made) queue.made(message)
  return 'read'
}

function discard(line: Line, queue: Queue): Reading {
  const message = queue.aboutLine(line)
  nameEnvelope(line, message)
  message.fate ??= { kind: 'discarded', time: line.time, mark: line.mark }
  queue.close(message, line.time)
  if (message.process > 0 && message.nrcpt === 0) queue.thrownAway.set(message.process, message)
  return 'read'
}

function hold(line: Line, message: Message): Reading {
  nameEnvelope(line, message)
  message.held = true
  return 'read'
}

/** `…; from=<sender> to=<the last recipient> proto=…`, at the end of a line that quotes the message before. */
function nameEnvelope(line: Line, message: Message) {
  if (!(message.accepted > 0) && message.opened > 0) message.accepted = line.time
  const envelope = envelopeOf(line)
  if (!envelope) return
  message.sender = envelope.sender
  message.named ??= { recipient: envelope.recipient, program: line.program, time: line.time, mark: line.mark }
}

function envelopeOf(line: Line): { sender: string; recipient: string } | undefined {
  const places = placesOfEnvelope(line)
  if (!places) return undefined
  const { from, to, end } = places
  return { sender: line.cut(from, to - ' to=<'.length - 1), recipient: line.cut(to, end) }
}

function placesOfEnvelope(line: Line): { from: number; to: number; end: number } | undefined {
  const proto = line.findLast('> proto=')
  const end = proto === -1 ? line.findLast('>') : proto
  const to = line.findLast(' to=<', end)
  const from = to === -1 ? -1 : line.findLast('; from=<', to)
  return from === -1 ? undefined : { from: from + '; from=<'.length, to: to + ' to=<'.length, end }
}

function readQmgr(line: Line, queue: Queue): Reading {
  if (line.says('removed')) return readRemoved(line, queue)
  if (!line.says('from=<')) return 'ignored'
  const message = queue.aboutLine(line)
  const nrcpt = line.findLast(', nrcpt=')
  if (nrcpt === -1) {
    const status = line.findLast('>, status=')
    if (status === -1) return 'not understood'
    message.takeSender(line, line.start + 6, status)
    message.fate ??= { kind: 'expired', time: line.time, mark: line.mark }
    return 'read'
  }
  const size = line.findLast('>, size=', nrcpt)
  if (size === -1) return 'not understood'
  // An attempt after the first one names those recipients only that are left.
  if (message.nrcpt === 0) {
    message.takeSender(line, line.start + 6, size)
    message.size = line.number(size + 8)
    message.nrcpt = line.number(nrcpt + 8)
    if (!(message.accepted > 0) && message.opened > 0) message.accepted = line.time
    message.acceptedMark = line.mark
  }
  message.held = false
  return 'read'
}

function readRemoved(line: Line, queue: Queue): Reading {
  const message = queue.messages.at(line)
  if (message && !message.closed) queue.close(message, line.time)
  return 'read'
}

function readBounce(line: Line, queue: Queue): Reading {
  const words = 'notification: '
  const at = line.find(words, line.start)
  if (at === -1) return 'ignored'
  const message = queue.aboutLine(line)
  const notice = queue.messages.in(line.bytes, at + words.length, line.end)
  if (!notice) return 'read'
  const isOther = handOn(message, notice) || notice.ended
  if (isOther && line.says('sender non-delivery ')) message.notice = notice
  return 'read'
}

function readPostsuper(line: Line, queue: Queue): Reading {
  const message = queue.aboutLine(line)
  if (line.says('placed on hold')) message.held = true
  if (line.says('released from hold')) message.held = false
  if (!line.says('removed')) return 'read'
  message.fate = { kind: 'deleted', time: line.time, mark: line.mark }
  queue.close(message, line.time)
  queue.deletedById++
  return 'read'
}

function readUnqueued(line: Line): Reading | Unqueued {
  const { time, mark } = line
  if (line.says('reject: ')) return placesOfEnvelope(line) ? { action: 'reject', time, mark } : 'ignored'
  const envelope = line.says('discard: ') ? envelopeOf(line) : undefined
  return envelope ? { action: 'discard', ...envelope, time, mark } : 'ignored'
}

/** Lines that begin with no queue ID. */
function readOther(line: Line, queue: Queue): Reading {
  if (line.program === 'qmgr' && line.says('warning: saving corrupt file "')) {
    const from = line.start + 'warning: saving corrupt file "'.length
    const to = line.find('"', from)
    const message = queue.about(line.cut(from, to), line.time, line.mark)
    message.fate = { kind: 'corrupt', time: line.time, mark: line.mark }
    queue.close(message, line.time)
    return 'read'
  }
  if (queue.thrownAway.size > 0 && line.program === 'smtpd') return readSession(line, queue)
  if (line.program !== 'postsuper' || !line.says('Deleted: ')) return 'ignored'
  queue.deleted(line.number(line.start + 9), line)
  return 'read'
}

/** `disconnect from CLIENT ehlo=1 mail=1 rcpt=2/3 …`: of three recipients two were accepted; so since Postfix 3.0. */
function readSession(line: Line, queue: Queue): Reading {
  const process = line.process(line.start)
  const message = queue.thrownAway.get(process)
  if (!message) return 'ignored'
  if (line.says('connect from ')) queue.thrownAway.delete(process)
  if (!line.says('disconnect from ')) return 'ignored'
  queue.thrownAway.delete(process)
  const [mail, rcpt] = [' mail=', ' rcpt='].map(words => {
    const at = line.findLast(words)
    return at === -1 ? 0 : line.number(at + words.length)
  })
  if (mail === 1 && rcpt) message.nrcpt = rcpt
  return 'read'
}
