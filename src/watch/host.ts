import { Collector } from '../maillog/collect.ts'
import { HostLog } from '../maillog/host.ts'
import { type Message, rootOf } from '../maillog/message.ts'
import { type Outcome, outcomesOf } from '../maillog/outcomes.ts'
import type { Queue } from '../maillog/queue.ts'
import { classOf, type Rules } from '../maillog/rules.ts'
import { concluded, type Flow, type Minute, minuteLength, newSeen, see, type Unheard } from './minute.ts'
import { groupOf } from './relays.ts'

const hour = 60 * minuteLength
/** Longer than any mail system leaves mail in its queue: such messages have lost their last lines. */
const forgotten = 6 * 24 * hour
/** How long mail without a word counts: long enough to be a crowd, and old accidents are not. */
const unheardAtMost = 15 * minuteLength
/** Enough of Dovecot's sessions to find the one that an answer of the same second names. */
const keptSessions = 10_000

/**
 * One host's log as it is written. The scan decides when a message is over and nothing more is awaited of it;
 * here the same is asked every minute, of all messages that were heard of, and each answer counts once.
 */
export class WatchedHost extends HostLog {
  readonly #minuteOf: (at: number) => Minute
  readonly #rules: Rules
  readonly #collector: Collector
  readonly #queues = new Set<Queue>()
  /** What was counted of a message that is known: `flow recipient`. */
  readonly #counted = new WeakMap<Message, Set<string>>()
  #at = Number.NaN
  #refused = 0
  /** When the last message came into the queue. */
  #queued = 0

  constructor(name: string, { minuteOf, rules }: { minuteOf: (at: number) => Minute; rules: Rules }) {
    const note = { outcome: (_: Outcome) => {} }
    const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
    const onOutcome = (outcome: Outcome) => note.outcome(outcome)
    const collector = new Collector(always, { grouped: false, reuses: false, onOutcome })
    super(name, collector)
    note.outcome = outcome => this.#note(outcome)
    this.#collector = collector
    this.#minuteOf = minuteOf
    this.#rules = rules
  }

  override queue(instance: string): Queue {
    const queue = super.queue(instance)
    this.#queues.add(queue)
    return queue
  }

  override at(time: number) {
    this.passTo(time)
    super.at(time)
    this.#minuteOf(this.#at).hosts.add(this.name)
  }

  /** Counts what became of mail, as soon as a minute is over; that may be told by another clock. */
  passTo(time: number) {
    const at = Math.floor(time / minuteLength)
    if (at <= this.#at) return
    // Its own clock may be behind, and in a silence nothing happens to its mail.
    const heard = (Math.floor(this.last / minuteLength) + 1) * minuteLength
    if (!Number.isNaN(this.#at)) this.#look(Math.min(at * minuteLength, heard))
    this.#at = at
  }

  /** @param now the end of a minute */
  #look(now: number) {
    const roots = new Set<Message>()
    for (const queue of this.#queues) {
      for (const message of queue.messages.values()) {
        this.#queued = Math.max(this.#queued, message.accepted || 0)
        // Lines of the minute before may stand behind its end.
        if (message.lastSeen >= now - 3 * minuteLength) roots.add(rootOf(message))
        if (message.lastSeen < now - (message.isAccepted ? forgotten : hour))
          queue.close(message, message.lastSeen)
      }
    }
    for (const root of roots) if (root.isAccepted) this.#collector.onEnd(root, now)
    const minute = this.#minuteOf(this.#at)
    minute.unheard.set(this.name, this.#unheard(now))
    minute.refused += this.#collector.refused - this.#refused
    this.#refused = this.#collector.refused
    const { sieveDiscards } = this.#collector
    for (const session of sieveDiscards)
      if (sieveDiscards.size > keptSessions) sieveDiscards.delete(session)
      else break
  }

  /** What came and is not in the queue counts when nothing that came later is: its manager has stopped. */
  #unheard(now: number): Unheard {
    const waiting = [...this.#queues].flatMap(queue => [
      ...queue.messages.values().filter(message => isUnheard(message, now))
    ])
    const counted = waiting.filter(message => message.isAccepted || message.opened > this.#queued)
    const [oldest] = counted
    if (!oldest) return { messages: 0, since: now, example: undefined }
    const example = outcomesOf(oldest, now)[0]
    return { messages: counted.length, since: oldest.opened || now, example }
  }

  #note(outcome: Outcome) {
    const { message, recipient, kind, count } = outcome
    const minute = this.#minuteOf(this.#at)
    const counted = this.#counted.get(message) ?? new Set()
    if (counted.size === 0) {
      this.#counted.set(message, counted.add(''))
      minute.messages++
      minute.accepted += Math.max(message.nrcpt, 1)
    }
    const found = classOf(outcome, this.#rules)
    const flow: Flow = kind === 'queued' && outcome.status !== '' ? 'deferred' : kind
    const key = `${flow} ${recipient}`
    const soon = concluded.has(kind) && message.lastSeen >= this.#at * minuteLength && !message.ended
    if (soon || counted.has(key) || (found === 'pending' && isWaiting(flow))) return
    const isFirst = !counted.has(flow)
    counted.add(flow).add(key)
    if (found === 'told') minute.told += count
    else if (found === 'delivered') this.#noteDelivered(minute, outcome, isFirst)
    else {
      if (found === 'lost') minute.lost += count
      if (flow === 'deferred') minute.deferred += count
      const seen = minute.flows.get(flow) ?? newSeen(outcome)
      minute.flows.set(flow, seen)
      see(seen, outcome, isFirst)
    }
  }

  #noteDelivered(minute: Minute, outcome: Outcome, isFirst: boolean) {
    const { group, family } = groupOf(outcome)
    const key = `${this.name}\n${group}`
    const seen = minute.groups.get(key) ?? { ...newSeen(outcome), host: this.name, group, family }
    minute.groups.set(key, seen)
    minute.delivered += outcome.count
    see(seen, outcome, isFirst)
  }
}

/** In the queue as mail should be for a moment, which `isUnheard` looks at. */
function isWaiting(flow: Flow): boolean {
  return flow === 'queued' || flow === 'notification queued'
}

/** Whether the log has not said a word of a recipient for a minute or more. */
function isUnheard(
  { opened, held, closed, nrcpt, attempts, fate, messageId }: Message,
  now: number
): boolean {
  const age = now - opened
  if (!(age >= minuteLength && age <= unheardAtMost) || held || closed || fate) return false
  // Before the queue manager has it, a message has come when its message-id is told.
  return attempts.length < nrcpt || (nrcpt === 0 && attempts.length === 0 && messageId !== undefined)
}
