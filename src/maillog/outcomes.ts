import type { Attempt, Mark, Message } from './message.ts'

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
export type Outcome = Facts & { message: Message; count: number; mark: Mark }

/** Whose addresses stand behind the recipients of a message that others were handed on in. */
type Owners = { byAddress: Map<string, string>; all: string[] }

/**
 * The outcomes of a message at the end of its chain, where it was handed on. Their number is that of its
 * recipients, and of the aliases that were expanded on the way.
 * @param now the time of the log's last line, if the log is over
 */
export function outcomesOf(root: Message, now: number): Outcome[] {
  if (root.probe) return []
  const found: Outcome[] = []
  follow(root, undefined)
  return found

  function follow(message: Message, owners: Owners | undefined) {
    let children: Map<Message, Owners> | undefined
    for (const attempt of message.attempts) {
      const { child, to, origTo = to } = attempt
      const recipient = owners?.byAddress.get(origTo) ?? origTo
      if (!child) {
        found.push(outcome(message, attempt, recipient))
        continue
      }
      children ??= new Map()
      const known: Owners = children.get(child) ?? { byAddress: new Map(), all: [] }
      known.byAddress.set(to, recipient)
      known.all.push(recipient)
      children.set(child, known)
    }
    if (children) for (const [child, known] of children) follow(child, known)
    const named = message.attempts.length === 0 ? message.named : undefined
    // A filter's copy that is thrown away names one recipient; the message that it was made from names all.
    const handed = named ? (owners?.all ?? [named.recipient]) : []
    if (named) for (const recipient of handed) found.push(outcomeOfNamed(message, { ...named, recipient }))
    const others = message.nrcpt - message.attempts.length - handed.length
    if (others > 0) found.push(outcomeOfOthers(message, others))
  }

  function outcome(message: Message, attempt: Attempt, recipient: string): Outcome {
    const { program, relay, dsn, status, reply, time, mark } = attempt
    const kind = isOpen(status) ? openKind(message, now) : endKind(message, attempt)
    return { message: root, recipient, count: 1, kind, program, relay, dsn, status, reply, time, mark }
  }

  function outcomeOfNamed(message: Message, { recipient, ...line }: NonNullable<Message['named']>): Outcome {
    const byAccess = line.program === 'smtpd'
    const kind = message.held
      ? openKind(message, now)
      : byAccess
        ? 'discarded by access'
        : 'discarded by filter'
    const status = message.held ? 'held' : 'discarded'
    return { message: root, recipient, count: 1, kind, relay: '', dsn: '', status, reply: '', ...line }
  }

  function outcomeOfOthers(message: Message, count: number): Outcome {
    const { fate, lastSeen, acceptedMark, mark } = message
    const kind = message.closed && !fate ? 'no word' : openKind(message, now)
    const line = fate ?? { time: lastSeen, mark: acceptedMark ?? mark }
    const unsaid = { program: '', relay: '', dsn: '', status: '', reply: '' }
    return { message: root, recipient: '', count, kind, ...unsaid, time: line.time, mark: line.mark }
  }
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

function endKind(message: Message, { program, relay, status, reply }: Attempt): Kind {
  if (status === 'bounced') return toldKind(message, 'bounced', message.lastSeen)
  if (status === 'expired') return toldKind(message, 'expired', message.lastSeen)
  if (status === 'error ignored') return 'bounced, nobody told'
  if (status !== 'sent') return 'no word'
  if (program === 'discard') return 'discarded by transport'
  // Exim's aliases to the void, Sendmail's.
  if (reply === ':blackhole:' || program === 'exim/**bypassed**') return 'blackhole'
  if (program === '*file*' && reply.endsWith(': /dev/null)')) return 'blackhole'
  if (relaying.test(program) || (relay !== '' && program.startsWith('exim/')))
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
