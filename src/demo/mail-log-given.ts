import type { Host } from './mail-log-host.ts'
import type { LossKind, Message } from './mail-log-messages.ts'
import { handOver } from './mail-log-sessions.ts'

export type GivenMail = {
  recipient: string
  /** Milliseconds since 1970. */
  receivedAt: number
  sender: string
  messageId: string
  size: number
}

/**
 * Lets mail be accepted at its own time and be lost. It comes from the gateway before the host, which
 * keeps its connection; rows after each other that differ in their recipient alone are one message.
 */
export function handOverGiven(host: Host, { kind, mail }: { kind: LossKind; mail: Iterable<GivenMail> }) {
  const rows = mail[Symbol.iterator]()
  let row = rows.next()
  return (second: number) => {
    const messages: Message[] = []
    for (; !row.done && row.value.receivedAt < 1_000 * (second + 2); row = rows.next()) {
      const { recipient, receivedAt: at, sender, messageId, size } = row.value
      const last = messages.at(-1)
      const addressee = { address: recipient, lost: true }
      if (last?.messageId === messageId && last.sender === sender && last.at === at)
        last.recipients.push(addressee)
      else
        messages.push({ sender, recipients: [addressee], messageId, size, at, filtered: false, lost: kind })
    }
    if (messages.length > 0) handOver(host, gateway, messages)
  }
}

const gateway = { name: 'gateway.provider.example', ip: '10.0.1.4' }
