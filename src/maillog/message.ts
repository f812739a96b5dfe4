/**
 * Where a line stands: the number of its file in the host's set times `markBase`, plus its byte offset.
 * Offsets of packed files are those of their unpacked text.
 */
export type Mark = number
export const markBase = 2 ** 43

/** The last thing that was said of one recipient; fields as the log has them, latin1. */
export type Attempt = {
  to: string
  origTo: string | undefined
  program: string
  relay: string
  dsn: string
  status: string
  reply: string
  time: number
  mark: Mark
  /** The message that this recipient was handed on in, on the same host. */
  child: Message | undefined
}

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

/** One generation of a queue ID. Times are in milliseconds since the epoch. */
export class Message {
  readonly host: string
  readonly id: string
  /** When its arrival was logged; `undefined` when that was before the first line that was read. */
  readonly opened: number | undefined
  attempts: Attempt[] = none
  mark: Mark
  /** Made on the host, by the mail system or a program: it came from no client. */
  made = false
  accepted: number | undefined
  sender: string | undefined
  size: number | undefined
  messageId: string | undefined
  nrcpt = 0
  /** Its only recipient, where the log tells all of them at its arrival. */
  sole: string | undefined
  held = false
  /** The line that made it accepted, once the queue manager had it. */
  acceptedMark: Mark | undefined
  /** The one recipient that the line of a discarded or held message names: the last of them. */
  named: { recipient: string; program: string; time: number; mark: Mark } | undefined
  fate: Fate | undefined
  closed = false
  lastSeen = 0
  parent: Message | undefined
  /** The non-delivery notification to its sender. */
  notice: Message | undefined
  probe = false
  /** Nothing more is awaited of it. */
  settled = false
  ended = false

  constructor(host: string, id: string, opened: number | undefined, mark: Mark) {
    this.host = host
    this.id = id
    this.opened = opened
    this.mark = mark
  }
}

export function rootOf(message: Message): Message {
  let root = message
  while (root.parent) root = root.parent
  return root
}

/** Links a message to the one it goes on for; never in a circle, never twice. */
export function handOn(parent: Message, child: Message): boolean {
  if (child.parent || child.ended || rootOf(parent) === child) return child.parent === parent
  child.parent = parent
  return true
}
