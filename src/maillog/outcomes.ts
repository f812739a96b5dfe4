import { type Attempt, attemptOf } from './attempt.ts'
import { classOfKind, type Facts, type Kind } from './kinds.ts'
import { Finder } from './line.ts'
import type { Mark, Message } from './message.ts'
import { Owners } from './owners.ts'

/** How long a message may wait in a queue, Postfix's `maximal_queue_lifetime`: 5 days, in milliseconds. */
const queueLifetime = 5 * 24 * 3_600_000

/** The end of one recipient of a customer's message; or of `count` recipients that no line names. */
export class Outcome implements Facts {
  readonly message: Message
  kind: Kind
  readonly count: number
  /** What was said last. */
  readonly attempt: Attempt
  /** What was said of the recipient where the message came in, before it was handed on. */
  readonly first: Attempt

  constructor(message: Message, kind: Kind, said: { attempt: Attempt; first?: Attempt; count?: number }) {
    this.message = message
    this.kind = kind
    this.count = said.count ?? 1
    this.attempt = said.attempt
    this.first = said.first ?? said.attempt
  }

  get recipient(): string {
    return addressOf(this.first.owner, this.message.host)
  }

  get isNamed(): boolean {
    return this.first.ownerEnd > this.first.ownerStart
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

/** Local users stand without a domain: theirs is the host's. */
export function addressOf(recipient: string, host: string): string {
  return recipient === '' || recipient.includes('@') ? recipient : `${recipient}@${host}`
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
  let handed: Map<Message, Owners> | undefined
  const { root, now, onOutcome } = following
  const anew = anewOf(message)
  for (const attempt of attempts) {
    const { child } = attempt
    if (anew && isOpen(attempt.status)) continue
    const first = owners?.of(attempt) ?? attempt
    if (!child) onOutcome(new Outcome(root, kindOf(message, attempt, now), { attempt, first }))
    else if (attempts.length === 1) follow(child, new Owners(attempt, first), following)
    else {
      handed ??= new Map()
      const known = handed.get(child)
      if (known) known.add(attempt, first)
      else handed.set(child, new Owners(attempt, first))
    }
  }
  if (handed) for (const [child, known] of handed) follow(child, known, following)
  if (anew) follow(anew, owners, following)
  const named = isNamedAlone(message) ? tellNamed(message, owners, following) : 0
  const others = message.nrcpt - knownOf(message) - named
  if (others > 0) tellOthers(message, others, following)
}

/** The message that goes on for the recipients that still waited in one, once the mail system has it. */
export function anewOf({ requeued }: Message): Message | undefined {
  return requeued?.isAccepted ? requeued : undefined
}

/** Whether there is no word of any recipient, but that a line named one. */
export function isNamedAlone(message: Message): boolean {
  return message.attempts.length === 0 && message.named !== undefined && !anewOf(message)
}

/** How many recipients have a word of their own, or go on in a message that was queued anew. */
export function knownOf(message: Message): number {
  const anew = anewOf(message)
  if (!anew) return message.attempts.length
  return anew.nrcpt + message.attempts.filter(({ status }) => !isOpen(status)).length
}

/** A filter's copy that is thrown away names one recipient; the message that it was made from names all. */
function tellNamed(
  message: Message,
  owners: Owners | undefined,
  { root, now, onOutcome }: Following
): number {
  const { held } = message
  const { recipient: named, ...line } = message.named as NonNullable<Message['named']>
  const kind = held ? openKind(message, now) : discardedKind(message)
  const attempt = attemptOf({ ...unsaid, to: named }, { ...line, status: held ? 'held' : 'discarded' })
  const all = owners?.all ?? [attempt]
  for (const first of all) onOutcome(new Outcome(root, kind, { attempt, first }))
  return all.length
}

function tellOthers(message: Message, count: number, { root, now, onOutcome }: Following) {
  const { fate, lastSeen, acceptedMark, mark } = message
  const kind = message.closed && !fate ? 'no word' : openKind(message, now)
  const line = fate ?? { time: lastSeen, mark: acceptedMark || mark }
  const attempt = attemptOf(unsaid, { program: '', status: '', time: line.time, mark: line.mark })
  onOutcome(new Outcome(root, kind, { count, attempt }))
}

const unsaid = { to: '', origTo: undefined, relay: '', dsn: '', reply: '' }

function kindOf(message: Message, attempt: Attempt, now: number): Kind {
  return isOpen(attempt.status) ? openKind(message, now) : endKind(message, attempt)
}

/** `SOFTBOUNCE` would have bounced, but stays in the queue; `queued` was not tried yet. */
function isOpen(status: string): boolean {
  return status === 'deferred' || status === 'SOFTBOUNCE' || status === 'queued'
}

function discardedKind({ named }: Message): Kind {
  return named?.program === 'smtpd' ? 'discarded by access' : 'discarded by filter'
}

/** Of what was still in the queue when it was heard of last. */
function openKind(message: Message, now: number): Kind {
  switch (message.fate?.kind) {
    case 'discarded':
      return discardedKind(message)
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

/** Programs that hand mail to another host: Postfix's, and the mailers of Sendmail. */
const relaying = new Set('smtp smtp8 esmtp esmtp8 dsmtp dsmtp8 desmtp desmtp8 lmtp relay'.split(' '))

function endKind(message: Message, attempt: Attempt): Kind {
  const { program, status } = attempt
  if (status === 'bounced') return toldKind(message, 'bounced', message.lastSeen)
  if (status === 'expired') return toldKind(message, 'expired', message.lastSeen)
  if (status === 'error ignored') return 'bounced, nobody told'
  if (status !== 'sent') return 'no word'
  if (program === 'discard') return 'discarded by transport'
  // Exim's aliases to the void, Sendmail's.
  if (
    program === 'exim/**bypassed**' ||
    (attempt.saysReply(':blackhole:') && attempt.reply === ':blackhole:')
  )
    return 'blackhole'
  if (program === '*file*' && attempt.reply.endsWith(': /dev/null)')) return 'blackhole'
  if (relaying.has(program) || (program.startsWith('exim/') && attempt.relay !== ''))
    return isDiscarded(attempt) ? 'discarded by reply' : 'to relay'
  if (attempt.saysReply('(delivered to file')) return 'to file'
  if (attempt.saysReply('(delivered to command')) return 'to command'
  if (attempt.saysReply('(delivered via')) return 'to service'
  return 'to mailbox'
}

const discarded = new Finder('iscarded')

function isDiscarded(attempt: Attempt): boolean {
  if (discarded.find(attempt.bytes, attempt.replyStart, attempt.length) === -1) return false
  return /^\(2\d\d .*\bdiscarded\b/i.test(attempt.reply)
}

/** Whether the sender was told; a bounce of a bounce goes to nobody. */
function toldKind(message: Message, kind: 'bounced' | 'expired', now: number): Kind {
  const { notice, sender, closed } = message
  if (sender === '') return `${kind}, nobody told`
  if (!notice) return closed ? `${kind}, nobody told` : 'no word'
  const told = outcomesOf(notice, now).map(outcome => classOfKind(outcome.kind))
  if (told.every(known => known === 'pending' || known === 'unknown')) return 'notification queued'
  return told.includes('delivered') ? kind : `${kind}, nobody told`
}
