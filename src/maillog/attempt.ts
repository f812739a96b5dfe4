import type { Mark, Message } from './message.ts'
import { Pieces } from './pieces.ts'

/** What was said of a recipient; fields as the log has them, latin1. */
export type Said = {
  to: string
  origTo: string | undefined
  relay: string
  dsn: string
  reply: string
}
/** Of a line that tells what became of a recipient. */
export type Told = { program: string; status: string; time: number; mark: Mark }

/**
 * The last thing that was said of one recipient. There are hundreds of thousands: it is kept as a piece of its line, in
 * which the fields have their places.
 */
export class Attempt extends Pieces implements Said, Told {
  toEnd = 0
  /** -1 where there is none. */
  origToStart = -1
  origToEnd = 0
  relayStart = 0
  relayEnd = 0
  dsnStart = 0
  dsnEnd = 0
  replyStart = 0
  program = ''
  status = ''
  time = Number.NaN
  mark: Mark = Number.NaN
  /** The message that this recipient was handed on in, on the same host. */
  child: Message | undefined = undefined

  get to(): string {
    return this.text(0, this.toEnd)
  }

  get origTo(): string | undefined {
    return this.origToStart < 0 ? undefined : this.text(this.origToStart, this.origToEnd)
  }

  /** The address that the customer owns. */
  get owner(): string {
    return this.text(this.ownerStart, this.ownerEnd)
  }

  get ownerStart(): number {
    return this.origToStart < 0 ? 0 : this.origToStart
  }

  get ownerEnd(): number {
    return this.origToStart < 0 ? this.toEnd : this.origToEnd
  }

  get relay(): string {
    return this.text(this.relayStart, this.relayEnd)
  }

  get dsn(): string {
    return this.text(this.dsnStart, this.dsnEnd)
  }

  get reply(): string {
    return this.text(this.replyStart, this.length)
  }

  saysReply(words: string): boolean {
    return this.says(words, this.replyStart)
  }

  isOfSameRecipient(other: Attempt): boolean {
    const { toEnd, origToStart, origToEnd } = other
    if (this.origToStart < 0 !== origToStart < 0) return false
    if (!this.has(0, this.toEnd, { pieces: other, start: 0, end: toEnd })) return false
    const original = { pieces: other, start: origToStart, end: origToEnd }
    return origToStart < 0 || this.has(this.origToStart, this.origToEnd, original)
  }

  /** Whether its owner is whom another one was handed on to. */
  isOwnedBy(handing: Attempt): boolean {
    return this.has(this.ownerStart, this.ownerEnd, { pieces: handing, start: 0, end: handing.toEnd })
  }

  /** The same for another recipient. */
  of(to: string, origTo: string | undefined): Attempt {
    const { relay, dsn, reply, child } = this
    return Object.assign(attemptOf({ to, origTo, relay, dsn, reply }, this), { child })
  }
}

/** An attempt of fields that were read one by one. */
export function attemptOf({ to, origTo, relay, dsn, reply }: Said, line: Told): Attempt {
  const attempt = new Attempt()
  const { program, status, time, mark } = line
  attempt.toEnd = attempt.add(to)
  attempt.origToStart = origTo === undefined ? -1 : attempt.toEnd
  attempt.origToEnd = attempt.relayStart = attempt.add(origTo ?? '')
  attempt.relayEnd = attempt.dsnStart = attempt.add(relay)
  attempt.dsnEnd = attempt.replyStart = attempt.add(dsn)
  attempt.add(reply)
  return Object.assign(attempt, { program, status, time, mark })
}
