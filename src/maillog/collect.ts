import { sessionOf } from './dovecot.ts'
import { Groups } from './groups.ts'
import type { Unqueued } from './line.ts'
import { type Mark, Message } from './message.ts'
import { anewOf, isNamedAlone, knownOf, type Outcome, tellOutcomes } from './outcomes.ts'

/** Milliseconds since the epoch, the end not included. */
export type Window = { from: number; to: number }

/**
 * Counts of recipients of the messages accepted in the window. `named + expanded = ended + handedOn`:
 * every recipient that was accepted ends somewhere, was handed on in another message that is followed, or is unknown.
 */
export type Balance = {
  messages: number
  nrcpt: number
  named: number
  expanded: number
  handedOn: number
  ended: number
}

export type Collected = {
  /** Whether messages are used again when their outcomes are told; nobody may keep any then. */
  reuses: boolean
  /** Whether outcomes are counted by their looks, those outside the window too. */
  grouped: boolean
  /** `accepted` is the line that made the message accepted. */
  onOutcome: (outcome: Outcome, accepted: Mark) => void
}

/** Takes the messages of all hosts at their end, and says what became of their recipients. */
export class Collector {
  readonly groups: Groups
  readonly sieveDiscards = new Set<string>()
  readonly reuses: boolean
  readonly balance: Balance = { messages: 0, nrcpt: 0, named: 0, expanded: 0, handedOn: 0, ended: 0 }
  refused = 0
  neverAccepted = 0
  readonly #window: Window
  readonly #sink: Collected

  constructor(window: Window, sink: Collected) {
    this.#window = window
    this.#sink = sink
    this.reuses = sink.reuses
    this.groups = new Groups(window)
  }

  readonly onEnd = (root: Message, now: number) => {
    if (!root.isAccepted) {
      if (this.#covers(root.opened)) this.neverAccepted++
      return
    }
    if (root.probe) return
    const inside = this.#covers(root.accepted)
    if (!inside && !this.#sink.grouped) return
    if (inside) this.#weigh(root)
    tellOutcomes(root, now, inside ? this.#onInside : this.#onOutcome)
  }

  readonly #onOutcome = (outcome: Outcome) => {
    if (this.#wasDiscarded(outcome)) outcome.kind = 'discarded by Sieve'
    if (this.#sink.grouped) this.groups.note(outcome)
  }

  readonly #onInside = (outcome: Outcome) => {
    const { count, message } = outcome
    this.balance.ended += count
    this.#onOutcome(outcome)
    this.#sink.onOutcome(outcome, message.acceptedMark || message.mark)
  }

  readonly onUnqueued = (host: string, found: Unqueued) => {
    const { time, mark } = found
    if (found.action === 'reject') {
      if (this.#covers(time)) this.refused++
      return
    }
    const { sender, recipient } = found
    const message = new Message().begin(host, time, mark)
    Object.assign(message, { accepted: time, sender, settled: true, ended: true })
    message.named = { recipient, program: 'smtpd', time, mark }
    message.fate = { kind: 'discarded', time, mark }
    this.onEnd(message, time)
  }

  /** Whether a script threw away what Dovecot called saved. */
  #wasDiscarded(outcome: Outcome): boolean {
    if (this.sieveDiscards.size === 0 || outcome.program !== 'lmtp') return false
    const session = sessionOf(outcome.reply)
    return session !== undefined && this.sieveDiscards.has(session)
  }

  #covers(time: number): boolean {
    return time >= this.#window.from && time < this.#window.to
  }

  /** Counted from the messages of the chain, not from their outcomes: so that the two can be compared. */
  #weigh(root: Message) {
    this.balance.messages++
    weigh(root, this.balance, 1)
  }
}

/** @param handed how many recipients of the message before it were handed on in it */
function weigh(message: Message, balance: Balance, handed: number) {
  const { nrcpt, attempts } = message
  balance.nrcpt += nrcpt
  const known = isNamedAlone(message) ? handed : knownOf(message)
  if (known > nrcpt) {
    if (nrcpt === 0) balance.named += known
    else balance.expanded += known - nrcpt
  }
  const anew = anewOf(message)
  if (anew) {
    balance.handedOn += anew.nrcpt
    weigh(anew, balance, anew.nrcpt)
  }
  const [first] = attempts
  if (attempts.length === 1 && first) {
    if (!first.child) return
    balance.handedOn++
    weigh(first.child, balance, 1)
    return
  }
  let handedOn: Map<Message, number> | undefined
  for (const { child } of attempts) {
    if (!child) continue
    balance.handedOn++
    handedOn ??= new Map()
    handedOn.set(child, (handedOn.get(child) ?? 0) + 1)
  }
  if (handedOn) for (const [child, same] of handedOn) weigh(child, balance, same)
}

export function isBalanced({ nrcpt, named, expanded, handedOn, ended }: Balance): boolean {
  return nrcpt + named + expanded === ended + handedOn
}
