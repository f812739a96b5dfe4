import { type Attempt, attemptOf, type Mark, type Message } from './message.ts'

/** How long a message may wait in a queue, Postfix's `maximal_queue_lifetime`: 5 days, in milliseconds. */
const queueLifetime = 5 * 24 * 3_600_000

/** What a log shows of a recipient in the end. */
export type Kind = keyof typeof classes

/** What that means, unless the rules of an incident say otherwise. */
export type Class = 'lost' | 'told' | 'delivered' | 'pending' | 'unknown'
export const classes = {
  'discarded by transport': 'lost',
  'discarded by filter': 'lost',
  'discarded by access': 'lost',
  'discarded by reply': 'lost',
  'discarded by Sieve': 'lost',
  blackhole: 'lost',
  deleted: 'lost',
  vanished: 'lost',
  'bounced, nobody told': 'lost',
  'expired, nobody told': 'lost',
  bounced: 'told',
  expired: 'told',
  'to mailbox': 'delivered',
  'to file': 'delivered',
  'to command': 'delivered',
  'to service': 'delivered',
  'to relay': 'delivered',
  queued: 'pending',
  held: 'pending',
  corrupt: 'pending',
  'notification queued': 'pending',
  'maybe deleted': 'unknown',
  'no word': 'unknown'
} as const satisfies Record<string, Class>

/** The raw outcome of a recipient, as it is kept to be decided upon again. */
export type Facts = {
  kind: Kind
  /** The address that the customer owns: the original one where the log tells it. Empty when not named. */
  recipient: string
  program: string
  relay: string
  dsn: string
  status: string
  reply: string
  /** When it was logged, in milliseconds since the epoch. */
  time: number
}

/** The end of one recipient of a customer's message; or of `count` recipients that no line names. */
export class Outcome implements Facts {
  readonly message: Message
  kind: Kind
  readonly recipient: string
  readonly count: number
  /** What was said last. */
  readonly attempt: Attempt

  constructor(message: Message, kind: Kind, said: { recipient: string; count?: number; attempt: Attempt }) {
    this.message = message
    this.kind = kind
    this.recipient = said.recipient
    this.count = said.count ?? 1
    this.attempt = said.attempt
  }

  get program(): string {
    return this.attempt.program
  }

  get relay(): string {
    return this.attempt.relay
  }

  get dsn(): string {
    return this.attempt.dsn
  }

  get status(): string {
    return this.attempt.status
  }

  get reply(): string {
    return this.attempt.reply
  }

  get time(): number {
    return this.attempt.time
  }

  get mark(): Mark {
    return this.attempt.mark
  }
}

/** Whose addresses stand behind the recipients of a message that others were handed on in. */
class Owners {
  readonly #first: { address: string; owner: string }
  /** None as long as there is one, as mostly. */
  #byAddress: Map<string, string> | undefined
  #all: string[] | undefined

  constructor(address: string, owner: string) {
    this.#first = { address, owner }
  }

  get all(): string[] {
    return this.#all ?? [this.#first.owner]
  }

  add(address: string, owner: string) {
    const { address: known, owner: first } = this.#first
    this.#byAddress ??= new Map([[known, first]])
    this.#byAddress.set(address, owner)
    this.#all ??= [first]
    this.#all.push(owner)
  }

  of(address: string): string | undefined {
    if (this.#byAddress) return this.#byAddress.get(address)
    return address === this.#first.address ? this.#first.owner : undefined
  }
}

/**
 * The outcomes of a message at the end of its chain, where it was handed on. Their number is that of its
 * recipients, and of the aliases that were expanded on the way.
 * @param now the time of the log's last line, if the log is over
 */
export function outcomesOf(root: Message, now: number): Outcome[] {
  const found: Outcome[] = []
  tellOutcomes(root, now, outcome => found.push(outcome))
  return found
}

/** The same, one after the other. */
export function tellOutcomes(root: Message, now: number, onOutcome: (outcome: Outcome) => void) {
  if (!root.probe) follow(root, undefined, { root, now, onOutcome })
}

type Following = { root: Message; now: number; onOutcome: (outcome: Outcome) => void }

function follow(message: Message, owners: Owners | undefined, following: Following) {
  const { attempts } = message
  const [first] = attempts
  if (attempts.length === 1 && first?.child) follow(first.child, ownersOf(first, owners), following)
  else followAll(message, owners, following)
  const named = attempts.length === 0 && message.named ? tellNamed(message, owners, following) : 0
  const others = message.nrcpt - attempts.length - named
  if (others > 0) tellOthers(message, others, following)
}

function followAll(message: Message, owners: Owners | undefined, following: Following) {
  const { root, now, onOutcome } = following
  let handed: Map<Message, Owners> | undefined
  for (const attempt of message.attempts) {
    const { child, to } = attempt
    const recipient = recipientOf(attempt, owners)
    const known = child && handed?.get(child)
    if (!child) onOutcome(new Outcome(root, kindOf(message, attempt, now), { recipient, attempt }))
    else if (known) known.add(to, recipient)
    else {
      handed ??= new Map()
      handed.set(child, new Owners(to, recipient))
    }
  }
  if (handed) for (const [child, known] of handed) follow(child, known, following)
}

function ownersOf(attempt: Attempt, owners: Owners | undefined): Owners {
  return new Owners(attempt.to, recipientOf(attempt, owners))
}

function recipientOf({ owner }: Attempt, owners: Owners | undefined): string {
  return owners?.of(owner) ?? owner
}

/** A filter's copy that is thrown away names one recipient; the message that it was made from names all. */
function tellNamed(
  message: Message,
  owners: Owners | undefined,
  { root, now, onOutcome }: Following
): number {
  const { held } = message
  const { recipient: named, ...line } = message.named as NonNullable<Message['named']>
  const ended = line.program === 'smtpd' ? 'discarded by access' : 'discarded by filter'
  const kind = held ? openKind(message, now) : ended
  const attempt = attemptOf(unsaid, { ...line, status: held ? 'held' : 'discarded' })
  const recipients = owners?.all ?? [named]
  for (const recipient of recipients) onOutcome(new Outcome(root, kind, { recipient, attempt }))
  return recipients.length
}

function tellOthers(message: Message, count: number, { root, now, onOutcome }: Following) {
  const { fate, lastSeen, acceptedMark, mark } = message
  const kind = message.closed && !fate ? 'no word' : openKind(message, now)
  const line = fate ?? { time: lastSeen, mark: acceptedMark ?? mark }
  const attempt = attemptOf(unsaid, { program: '', status: '', time: line.time, mark: line.mark })
  onOutcome(new Outcome(root, kind, { recipient: '', count, attempt }))
}

const unsaid = { to: '', origTo: undefined, relay: '', dsn: '', reply: '' }

function kindOf(message: Message, attempt: Attempt, now: number): Kind {
  return isOpen(attempt.status) ? openKind(message, now) : endKind(message, attempt)
}

/** `SOFTBOUNCE` would have bounced, but stays in the queue; `queued` was not tried yet. */
function isOpen(status: string): boolean {
  return status === 'deferred' || status === 'SOFTBOUNCE' || status === 'queued'
}

/** Of what was still in the queue when it was heard of last. */
function openKind(message: Message, now: number): Kind {
  switch (message.fate?.kind) {
    case 'discarded':
      return 'discarded by filter'
    case 'deleted':
      return 'deleted'
    case 'maybe-deleted':
      return 'maybe deleted'
    case 'corrupt':
      return 'corrupt'
    case 'expired':
      return toldKind(message, 'expired', now)
    case 'cancelled':
      return toldKind(message, 'bounced', now)
  }
  if (message.closed) return 'no word'
  if (now - message.lastSeen > queueLifetime && !message.held) return 'vanished'
  return message.held ? 'held' : 'queued'
}

const relaying = /^(?:d?e?smtp8?|lmtp|relay)$/

function endKind(message: Message, attempt: Attempt): Kind {
  const { program, status, reply } = attempt
  if (status === 'bounced') return toldKind(message, 'bounced', message.lastSeen)
  if (status === 'expired') return toldKind(message, 'expired', message.lastSeen)
  if (status === 'error ignored') return 'bounced, nobody told'
  if (status !== 'sent') return 'no word'
  if (program === 'discard') return 'discarded by transport'
  // Exim's aliases to the void, Sendmail's.
  if (reply === ':blackhole:' || program === 'exim/**bypassed**') return 'blackhole'
  if (program === '*file*' && reply.endsWith(': /dev/null)')) return 'blackhole'
  if (relaying.test(program) || (attempt.relay !== '' && program.startsWith('exim/')))
    return reply.includes('iscarded') && /^\(2\d\d .*\bdiscarded\b/i.test(reply)
      ? 'discarded by reply'
      : 'to relay'
  if (reply.startsWith('(delivered to file')) return 'to file'
  if (reply.startsWith('(delivered to command')) return 'to command'
  if (reply.startsWith('(delivered via')) return 'to service'
  return 'to mailbox'
}

/** Whether the sender was told; a bounce of a bounce goes to nobody. */
function toldKind(message: Message, kind: 'bounced' | 'expired', now: number): Kind {
  const { notice, sender, closed } = message
  if (sender === '') return `${kind}, nobody told`
  if (!notice) return closed ? `${kind}, nobody told` : 'no word'
  const told = outcomesOf(notice, now).map(outcome => classes[outcome.kind])
  if (told.every(known => known === 'pending' || known === 'unknown')) return 'notification queued'
  return told.includes('delivered') ? kind : `${kind}, nobody told`
}
