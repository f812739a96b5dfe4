import type { Attempt } from './attempt.ts'
import { hashOf, Ids } from './ids.ts'
import type { Line } from './line.ts'
import { handOn, type Mark, type Message, rootOf } from './message.ts'
import { Spares } from './spares.ts'

/** How long after its removal a message is kept: what refers to it comes at once, a clogged log forgiven. */
const graceful = 60_000

/** Lines of two programs about the same second may stand in either order. */
const lag = 2_000
const sweeping = 3_600_000
const forgotten = 24 * 3_600_000

export type QueueEvents = {
  /** Nothing more is awaited of a message and of all that it was handed on in. */
  onEnd: (root: Message, now: number) => void
  /** Whether nobody keeps what `onEnd` was given, so that it may be used again. */
  reuses: boolean
}

/** The messages of one mail system on one host, in the order of its log. */
export class Queue {
  readonly host: string
  readonly onEnd: QueueEvents['onEnd']
  readonly spares: Spares
  readonly messages = new Ids()
  /** How many messages arrived. */
  arrivals = 0
  /** How many messages were deleted by their ID since the last line that counts them. */
  deletedById = 0
  /** What was thrown away at once, by the process that took it in: the end of its session tells of how many recipients. */
  readonly thrownAway = new Map<number, Message>()
  /** The messages of each message-id that were made on the host, in order: a simple filter gives no other link. */
  readonly #made = new Map<string, Message[]>()
  readonly #given = new Map<string, { message: Message; attempt: Attempt }>()
  readonly #closing: Message[] = []
  #settled = 0
  #now = 0
  #swept = 0
  /** How many of the messages that may have been deleted were not. */
  #doubtful = 0

  constructor(host: string, { onEnd, reuses }: QueueEvents) {
    this.host = host
    this.onEnd = onEnd
    this.spares = new Spares(reuses)
  }

  /** A new generation of an ID: its arrival is logged. */
  open(id: string, time: number, mark: Mark): Message {
    const message = this.#new(time, mark)
    message.idEnd = message.add(id)
    message.idHash = hashOf(message.bytes, 0, message.idEnd)
    return this.#opened(message)
  }

  /** The same, of the ID that a line begins with. */
  openLine(line: Line): Message {
    return this.#openLine(line, line.time)
  }

  #openLine(line: Line, time: number): Message {
    const message = this.#new(time, line.mark)
    message.idEnd = message.take(line.bytes, line.idStart, line.idEnd)
    message.idHash = line.idHash
    return this.#opened(message)
  }

  #new(time: number, mark: Mark): Message {
    return this.spares.message().begin(this.host, time, mark)
  }

  #opened(message: Message): Message {
    if (!Number.isNaN(message.opened)) {
      message.lastSeen = message.opened
      this.arrivals++
    }
    const former = this.messages.set(message)
    if (former && !former.closed) this.#close(former)
    return message
  }

  /** The message that a line is about; one that arrived before the first line when it is not known. */
  about(id: string, time: number, mark: Mark): Message {
    const known = this.#heard(this.messages.get(id), time)
    if (known) return known
    const message = this.open(id, Number.NaN, mark)
    message.lastSeen = time
    return message
  }

  /** The same, of the ID that a line begins with. */
  aboutLine(line: Line): Message {
    const known = this.#heard(this.messages.at(line), line.time)
    if (known) return known
    const message = this.#openLine(line, Number.NaN)
    message.lastSeen = line.time
    return message
  }

  #heard(known: Message | undefined, time: number): Message | undefined {
    if (!known || known.closed) return undefined
    known.lastSeen = time
    if (known.fate?.counted) known.fate = undefined
    return known
  }

  find(id: string): Message | undefined {
    return this.messages.get(id)
  }

  /** Remembers a message that was made on the host, by its message-id. */
  made(message: Message) {
    if (message.messageId === undefined) return
    const known = this.#made.get(message.messageId)
    if (known) known.push(message)
    else this.#made.set(message.messageId, [message])
    const given = this.#given.get(message.messageId)
    if (!given || message.lastSeen - given.attempt.time > lag || given.message === message) return
    if (handOn(given.message, message)) given.attempt.child = message
    this.#given.delete(message.messageId)
  }

  /** Remembers what a program was given: it may have handed it in again, which the log is about to say. */
  given(message: Message, attempt: Attempt) {
    if (message.messageId !== undefined) this.#given.set(message.messageId, { message, attempt })
  }

  /** The next message that a program which was given this one has handed in. */
  handedInAgain(message: Message): Message | undefined {
    const again = this.#made.get(message.messageId ?? '') ?? []
    const after = again.slice(again.indexOf(message) + 1)
    return after.find(({ parent, opened }) => !parent && (opened || 0) >= (message.opened || 0))
  }

  /**
   * The log says only how many messages were deleted: all that were in the queue if there were no more, else
   * any of them may be. One that is heard of again was not.
   */
  deleted(count: number, { time, mark }: { time: number; mark: Mark }) {
    const more = count - this.deletedById
    this.deletedById = 0
    if (!(more > 0)) return
    const waiting = this.messages.values().filter(({ closed, isAccepted }) => !closed && isAccepted)
    const doubtful = waiting.filter(({ fate }) => fate?.kind === 'maybe-deleted')
    const fresh = waiting.filter(({ fate }) => fate === undefined)
    const left = fresh.length + Math.min(this.#doubtful, doubtful.length) - more
    const kind = left > 0 ? 'maybe-deleted' : 'deleted'
    this.#doubtful = Math.max(0, left)
    for (const message of [...doubtful, ...fresh]) message.fate = { kind, counted: true, time, mark }
  }

  close(message: Message, time: number) {
    if (message.closed) return
    message.lastSeen = time
    this.#close(message)
  }

  #close(message: Message) {
    message.closed = true
    this.#closing.push(message)
  }

  /** Ends the messages whose removal is long ago. */
  advance(time: number) {
    this.#now = time
    if (time > this.#swept + sweeping) this.#sweep(time)
    while (this.#settled < this.#closing.length) {
      const message = this.#closing[this.#settled] as Message
      if (message.lastSeen > time - graceful) break
      this.#settled++
      this.#settle(message)
    }
    if (this.#settled > 4_096) {
      this.#closing.splice(0, this.#settled)
      this.#settled = 0
    }
  }

  /** Whether a message of some kind has no end yet. */
  awaits(isWanted: (root: Message) => boolean): boolean {
    const isOpen = (message: Message) => {
      const root = rootOf(message)
      return !root.ended && isWanted(root)
    }
    return this.#closing.slice(this.#settled).some(isOpen) || this.messages.some(isOpen)
  }

  /** The log is over. */
  end() {
    const left = [...this.#closing.slice(this.#settled), ...this.messages.values()]
    for (const message of left) message.settled = true
    for (const message of left) this.#endRoot(rootOf(message))
    this.messages.clear()
    this.#closing.length = 0
  }

  /** Forgets arrivals that never became messages: the client went away in the middle. What waits takes less room. */
  #sweep(time: number) {
    this.#swept = time
    for (const message of this.messages.values()) {
      const { closed, lastSeen, isAccepted } = message
      if (!closed && lastSeen < time - forgotten && (!isAccepted || isDone(message))) this.#settle(message)
      else if (lastSeen < time - sweeping) for (const kept of [message, ...message.attempts]) kept.shrink()
    }
  }

  #settle(message: Message) {
    message.settled = true
    this.messages.delete(message)
    if (this.thrownAway.size > 0 && this.thrownAway.get(message.process) === message)
      this.thrownAway.delete(message.process)
    if (message.made) this.#forgetMade(message)
    if (this.#given.size > 0) this.#forgetGiven(message)
    this.#endRoot(rootOf(message))
  }

  #forgetGiven(message: Message) {
    const id = message.messageId ?? ''
    if (this.#given.get(id)?.message === message) this.#given.delete(id)
  }

  #forgetMade(message: Message) {
    const id = message.messageId ?? ''
    const left = this.#made.get(id)?.filter(other => other !== message) ?? []
    if (left.length > 0) this.#made.set(id, left)
    else this.#made.delete(id)
  }

  #endRoot(root: Message) {
    if (root.ended || !isOver(root)) return
    root.ended = true
    this.onEnd(root, this.#now)
    this.spares.takeBack(root)
  }
}

/** Whether nothing more is awaited of a message and of all that it was handed on in. */
function isOver({ settled, notice, requeued, attempts }: Message): boolean {
  if (!settled || (notice && !isOver(notice)) || (requeued && !isOver(requeued))) return false
  for (let at = 0; at < attempts.length; at++) {
    const child = attempts[at]?.child
    if (child && !isOver(child)) return false
  }
  return true
}

/** Whether every recipient has an end: some mail systems do not say when a message is done. */
function isDone({ attempts, nrcpt }: Message): boolean {
  return attempts.length >= nrcpt && attempts.every(({ status }) => status === 'sent' || status === 'bounced')
}

/** Notes what was said of a recipient last. @returns the former word of it, which is replaced */
export function noteAttempt(message: Message, attempt: Attempt): Attempt | undefined {
  const { attempts } = message
  if (attempts.length === 0) {
    message.attempts = [attempt]
    return undefined
  }
  for (let at = attempts.length - 1; at >= 0; at--) {
    const known = attempts[at] as Attempt
    if (!known.isOfSameRecipient(attempt)) continue
    attempts[at] = attempt
    return known
  }
  attempts.push(attempt)
  return undefined
}
