import type { Attempt } from './attempt.ts'
import type { Line } from './line.ts'
import { Pieces } from './pieces.ts'

/**
 * Where a line stands: the number of its file times `markBase`, plus its byte offset; exact for 16,384 files of 512 GiB.
 * Offsets of packed files are those of their unpacked text.
 */
export type Mark = number
export const markBase = 2 ** 39

/** What became of a message before or beside any delivery, for all its recipients. */
export type Fate = {
  kind: 'discarded' | 'deleted' | 'maybe-deleted' | 'expired' | 'cancelled' | 'corrupt'
  /** Concluded, not said: it ends when the message is heard of again. */
  counted?: boolean
  time: number
  mark: Mark
}

/** Most messages have one recipient: an array that grows by itself takes room for seventeen. */
const none: Attempt[] = []

/**
 * One generation of a queue ID. Times are in milliseconds since the epoch, NaN where the log does not tell. Its
 * pieces are its ID, and then what others chose.
 */
export class Message extends Pieces {
  idEnd = 0
  idHash = 0
  /** -1 where it is not known. */
  messageIdStart = -1
  messageIdEnd = 0
  senderStart = -1
  senderEnd = 0
  host = ''
  /** When its arrival was logged; NaN when that was before the first line that was read. */
  opened = Number.NaN
  mark: Mark = Number.NaN
  attempts: Attempt[] = none
  /** The process that a client handed it to; 0 where none did. */
  process = 0
  /** Made on the host, by the mail system or a program: it came from no client. */
  made = false
  accepted = Number.NaN
  size: number | undefined
  nrcpt = 0
  /** Its only recipient, where the log tells all of them at its arrival. */
  sole: string | undefined
  held = false
  /** The line that made it accepted, once the queue manager had it. */
  acceptedMark: Mark = Number.NaN
  /** The one recipient that the line of a discarded or held message names: the last of them. */
  named: { recipient: string; program: string; time: number; mark: Mark } | undefined
  fate: Fate | undefined
  closed = false
  lastSeen = Number.NaN
  parent: Message | undefined
  /** How many messages were made of it. */
  children = 0
  /** How many times it was handed on, one after the other. */
  passes = 0
  /** The message that was made of it to queue it anew, for the recipients that still waited. */
  requeued: Message | undefined
  /** The non-delivery notification to its sender. */
  notice: Message | undefined
  probe = false
  /** Nothing more is awaited of it. */
  settled = false
  ended = false

  /** Begins anew. */
  begin(host: string, opened: number, mark: Mark): this {
    this.clear()
    this.messageIdStart = this.senderStart = -1
    this.host = host
    this.opened = opened
    this.mark = mark
    this.attempts = none
    this.accepted = this.acceptedMark = Number.NaN
    this.size = undefined
    this.nrcpt = this.process = this.children = this.passes = this.lastSeen = 0
    this.sole = this.named = this.fate = this.parent = this.requeued = this.notice = undefined
    this.made = this.held = this.closed = this.probe = this.settled = this.ended = false
    return this
  }

  /** Whether the mail system has it: a client that went away before left nothing behind. */
  get isAccepted(): boolean {
    return this.accepted > 0 || this.nrcpt > 0
  }

  get id(): string {
    return this.text(0, this.idEnd)
  }

  get sender(): string | undefined {
    return this.senderStart < 0 ? undefined : this.text(this.senderStart, this.senderEnd)
  }

  set sender(sender: string | undefined) {
    this.senderStart = sender === undefined ? -1 : this.length
    this.senderEnd = this.add(sender ?? '')
  }

  takeSender({ bytes }: Line, start: number, end: number) {
    this.senderStart = this.length
    this.senderEnd = this.take(bytes, start, end)
  }

  get messageId(): string | undefined {
    return this.messageIdStart < 0 ? undefined : this.text(this.messageIdStart, this.messageIdEnd)
  }

  set messageId(messageId: string | undefined) {
    this.messageIdStart = messageId === undefined ? -1 : this.length
    this.messageIdEnd = this.add(messageId ?? '')
  }

  takeMessageId({ bytes }: Line, start: number, end: number) {
    this.messageIdStart = this.length
    this.messageIdEnd = this.take(bytes, start, end)
  }

  /** Whether it has another message-id than a message; one that is not known is no other. */
  isUnlike(other: Message): boolean {
    const { messageIdStart, messageIdEnd } = this
    const { messageIdStart: start, messageIdEnd: end } = other
    if (start < 0 || end === start || messageIdStart < 0 || messageIdEnd === messageIdStart) return false
    return !this.has(messageIdStart, messageIdEnd, { pieces: other, start, end })
  }
}

export function rootOf(message: Message): Message {
  let root = message
  while (root.parent) root = root.parent
  return root
}

function depthOf(message: Message): number {
  return message.parent ? 1 + depthOf(message.parent) : 0
}

/** Mail systems end a loop after 25 to 50 times. In a reply that a stranger chose, the next message may be named for ever. */
const mostPasses = 100

/** Links a message to the one it goes on for; never in a circle, never twice. */
export function handOn(parent: Message, child: Message): boolean {
  if (child.parent || child.ended || rootOf(parent) === child) return child.parent === parent
  if (child.passes + depthOf(parent) >= mostPasses) return false
  child.parent = parent
  parent.children++
  let passes = child.passes
  for (let message: Message | undefined = parent; message; message = message.parent)
    message.passes = Math.max(message.passes, ++passes)
  return true
}
