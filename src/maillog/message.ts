import { hashOf } from './ids.ts'

/**
 * Where a line stands: the number of its file in the host's set times `markBase`, plus its byte offset.
 * Offsets of packed files are those of their unpacked text.
 */
export type Mark = number
export const markBase = 2 ** 43

/** What was said of a recipient; fields as the log has them, latin1. */
export type Said = {
  to: string
  origTo: string | undefined
  relay: string
  dsn: string
  reply: string
}

/** Where fields begin and end in the text of an attempt. */
export type Places = Pick<
  Attempt,
  'toEnd' | 'origToStart' | 'origToEnd' | 'relayStart' | 'relayEnd' | 'dsnStart' | 'dsnEnd' | 'replyStart'
>

/**
 * The last thing that was said of one recipient. There are hundreds of thousands: it is kept as one piece of its
 * line, in which the fields have their places.
 */
export class Attempt implements Said {
  readonly text: string
  readonly toEnd: number
  /** -1 where there is none. */
  readonly origToStart: number
  readonly origToEnd: number
  readonly relayStart: number
  readonly relayEnd: number
  readonly dsnStart: number
  readonly dsnEnd: number
  readonly replyStart: number
  readonly program: string
  status: string
  readonly time: number
  readonly mark: Mark
  /** The message that this recipient was handed on in, on the same host. */
  child: Message | undefined

  constructor(
    text: string,
    places: Places,
    { program, status, time, mark }: Pick<Attempt, 'program' | 'status' | 'time' | 'mark'>
  ) {
    this.text = text
    this.toEnd = places.toEnd
    this.origToStart = places.origToStart
    this.origToEnd = places.origToEnd
    this.relayStart = places.relayStart
    this.relayEnd = places.relayEnd
    this.dsnStart = places.dsnStart
    this.dsnEnd = places.dsnEnd
    this.replyStart = places.replyStart
    this.program = program
    this.status = status
    this.time = time
    this.mark = mark
    this.child = undefined
  }

  get to(): string {
    return this.text.slice(0, this.toEnd)
  }

  get origTo(): string | undefined {
    return this.origToStart < 0 ? undefined : this.text.slice(this.origToStart, this.origToEnd)
  }

  /** The address that the customer owns. */
  get owner(): string {
    return this.origTo ?? this.to
  }

  get relay(): string {
    return this.text.slice(this.relayStart, this.relayEnd)
  }

  get dsn(): string {
    return this.text.slice(this.dsnStart, this.dsnEnd)
  }

  get reply(): string {
    return this.text.slice(this.replyStart)
  }

  /** The same for another recipient. */
  of(to: string, origTo: string | undefined): Attempt {
    const { relay, dsn, reply } = this
    const copy = attemptOf({ to, origTo, relay, dsn, reply }, this)
    copy.child = this.child
    return copy
  }
}

/** An attempt of fields that were read one by one. */
export function attemptOf(
  { to, origTo, relay, dsn, reply }: Said,
  line: Pick<Attempt, 'program' | 'status' | 'time' | 'mark'>
): Attempt {
  const text = to + (origTo ?? '') + relay + dsn + reply
  const toEnd = to.length
  const origToEnd = toEnd + (origTo ?? '').length
  const relayEnd = origToEnd + relay.length
  const dsnEnd = relayEnd + dsn.length
  const origToStart = origTo === undefined ? -1 : toEnd
  const starts = { origToStart, relayStart: origToEnd, dsnStart: relayEnd, replyStart: dsnEnd }
  const places = { ...starts, toEnd, origToEnd, relayEnd, dsnEnd }
  return new Attempt(text, places, line)
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
  readonly idHash: number
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
    this.idHash = hashOf(id)
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
