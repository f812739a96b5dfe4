import { providerDomains } from './addresses.ts'
import type { Host } from './mail-log-host.ts'
import type { LossKind } from './mail-log-messages.ts'
import type { Recipient } from './mail-log-people.ts'
import { whole } from './random.ts'

/** How one delivery went, as the line of it tells. */
export type Way = (
  host: Host,
  recipient: Recipient
) => { service: string; relay: string; dsn: string; status: string }

/** The relay that took mail it should not have, as a rule of the operator would name it. */
export const wrongRelay = 'old-store.provider.example'

export const delivered: Way = (host, recipient) => {
  const to = recipient.box ?? recipient.address
  if (!providerDomains.includes(domainOf(to)) && !recipient.box)
    return { service: 'virtual', relay: 'virtual', dsn: '2.0.0', status: 'sent (delivered to maildir)' }
  const session = `${code(host)}${code(host)}AAsaje+g`
  return {
    service: 'lmtp',
    relay: `${storeOf(to)}:24`,
    dsn: '2.0.0',
    status: `sent (250 2.0.0 <${to}> ${session} Saved)`
  }
}

export const deferred: Way = (host, { address, box = address }) =>
  host.random() < 0.5
    ? {
        service: 'lmtp',
        relay: 'none',
        dsn: '4.4.1',
        status: `deferred (connect to ${storeOf(box)}:24: Connection timed out)`
      }
    : {
        service: 'lmtp',
        relay: `${storeOf(box)}:24`,
        dsn: '4.2.2',
        status: `deferred (host ${storeOf(box)} said: 452 4.2.2 <${box}> Quota exceeded (mailbox for user is full) (in reply to end of DATA command))`
      }

export const bounced: Way = (_, { address, box = address }) => ({
  service: 'lmtp',
  relay: `${storeOf(box)}:24`,
  dsn: '5.1.1',
  status: `bounced (host ${storeOf(box)} said: 550 5.1.1 <${box}> User doesn't exist: ${box} (in reply to RCPT TO command))`
})

export const lostWays: Record<Exclude<LossKind, 'cleanup-discard'>, Way> = {
  discard: (_, { address, box = address }) => ({
    service: 'discard',
    relay: 'none',
    dsn: '2.0.0',
    status: `sent (${domainOf(box)})`
  }),
  relay: host => ({
    service: 'smtp',
    relay: `${wrongRelay}[10.0.9.9]:25`,
    dsn: '2.0.0',
    status: `sent (250 2.0.0 Ok: queued as ${foreignId(host)})`
  }),
  'null-file': () => ({
    service: 'local',
    relay: 'local',
    dsn: '2.0.0',
    status: 'sent (delivered to file: /dev/null)'
  }),
  'deferred-deleted': deferred
}

function storeOf(address: string): string {
  const number = 1 + (address.charCodeAt(0) % 4)
  return `store${number}.provider.example[10.0.3.${number}]`
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

function code({ random }: Host): string {
  return whole(random, 36 ** 5, 36 ** 6 - 1).toString(36)
}

/** A queue ID of another host, shorter than those here. */
export function foreignId({ random }: Host): string {
  return whole(random, 0x1000000000, 0xffffffffff).toString(16).toUpperCase()
}
