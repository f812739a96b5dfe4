import type { Client, People, Recipient } from './mail-log-people.ts'
import { type Random, whole } from './random.ts'

/**
 * How mail was lost: by the transport that discards; by a wrong relay that accepts; by delivery to
 * /dev/null; discarded by a header check before it was queued; deferred and then deleted by hand.
 */
export const lossKinds = ['discard', 'relay', 'null-file', 'cleanup-discard', 'deferred-deleted'] as const
export type LossKind = (typeof lossKinds)[number]

export type Message = {
  sender: string
  recipients: (Recipient & { lost?: boolean })[]
  messageId: string
  /** Bytes. */
  size: number
  /** When it is accepted, in milliseconds since 1970. */
  at: number
  /** Whether a content filter takes it out of the queue and puts it in again. */
  filtered: boolean
  lost?: LossKind
}

/** A message with one recipient mostly, else up to six. */
export function makeMessage(random: Random, people: People, at: number): Message {
  const sender = people.sender()
  const count = random() < 0.88 ? 1 : whole(random, 2, 6)
  const recipients = new Map(
    Array.from({ length: count }, () => people.recipient()).map(recipient => [recipient.address, recipient])
  )
  return {
    sender,
    recipients: [...recipients.values()],
    messageId: newMessageId(random, people.server(sender), at),
    size: newSize(random),
    at,
    filtered: random() < 0.5
  }
}

function newMessageId(random: Random, { name }: Client, at: number): string {
  const kind = random()
  const number = whole(random, 1e8, 1e9)
  // Strangers may write this, and a parser that searches the line falls for it.
  if (kind < 0.003) return `<${number}, to=<evil@x.invalid>, status=sent (x)>`
  if (kind < 0.4) return `<${at}.${number}.JavaMail.mailer@${name}>`
  return `<${number.toString(36)}.${whole(random, 1e8, 1e9)}@${name}>`
}

/** Bytes: some kilobytes mostly, megabytes at times. A product of many chances is log-normal. */
export function newSize(random: Random): number {
  let bytes = 4_000
  for (let factor = 0; factor < 8; factor++) bytes *= 0.2 + 2.2 * random()
  return 700 + Math.floor(bytes)
}

/** The same message, lost: as a whole by a header check, else for most of its recipients. */
export function loseMessage(random: Random, message: Message, kind: LossKind): Message {
  const whollyLost = kind === 'cleanup-discard'
  const recipients = message.recipients.map((recipient, at) => ({
    ...recipient,
    lost: whollyLost || at === 0 || random() < 0.75
  }))
  return { ...message, recipients, lost: kind }
}
