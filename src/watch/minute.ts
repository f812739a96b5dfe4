import { classOfKind } from '../maillog/kinds.ts'
import type { Outcome } from '../maillog/outcomes.ts'

/** Milliseconds. */
export const minuteLength = 60_000

/** What mail does that may become an alarm: by the kind of its outcome, or by where it waits. */
export type Flow = Outcome['kind'] | 'deferred'

/** What is concluded from what the log does not say: it is believed when it has said nothing for a minute. */
export const concluded: ReadonlySet<Flow> = new Set<Flow>([
  ...(['no word', 'maybe deleted', 'bounced, nobody told', 'expired, nobody told'] as const)
])

/** Whether mail is lost by it without anybody being told, and never by an accident of every day. */
export function isSilent(flow: Flow): boolean {
  return flow !== 'deferred' && !concluded.has(flow) && classOfKind(flow) !== 'pending'
}

/** Recipients of the same fate within some time. */
export type Seen = {
  count: number
  /** By them chance is judged: one message may have many recipients, and all have its fate. */
  messages: number
  /** When the log told the first and the last, in milliseconds since the epoch. */
  first: number
  last: number
  hosts: Set<string>
  /** Recipients by their domain. */
  domains: Map<string, number>
  example: Outcome
}

/** Messages of a host that came a minute ago or more, with recipients of whom there is no word. */
export type Unheard = { messages: number; since: number; example: Outcome | undefined }

/** What the logs of all hosts told in one minute; counts are of recipients. */
export class Minute {
  /** In minutes since the epoch. */
  readonly at: number
  accepted = 0
  /** Of the accepted recipients. */
  messages = 0
  delivered = 0
  told = 0
  deferred = 0
  lost = 0
  refused = 0
  /** What was lost, put off or left without a word. */
  readonly flows = new Map<Flow, Seen>()
  /** What was delivered, by the group that took it; a host's own apart. */
  readonly groups = new Map<string, Seen & { host: string; group: string; family: string }>()
  readonly unheard = new Map<string, Unheard>()
  /** Messages of all hosts without a word at its end. */
  waiting = 0
  /** Hosts that had a line, and those whose next line is known already. */
  readonly hosts = new Set<string>()
  readonly goOn = new Set<string>()

  constructor(at: number) {
    this.at = at
  }
}

export function newSeen(example: Outcome): Seen {
  const { time } = example
  return { count: 0, messages: 0, first: time, last: time, hosts: new Set(), domains: new Map(), example }
}

/** @param isFirst whether it is the first of its message here */
export function see(seen: Seen, { recipient, count, time, message }: Outcome, isFirst: boolean) {
  const domain = recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase()
  seen.count += count
  if (isFirst) seen.messages++
  seen.first = Math.min(seen.first, time)
  seen.last = Math.max(seen.last, time)
  seen.hosts.add(message.host)
  if (recipient.includes('@')) seen.domains.set(domain, (seen.domains.get(domain) ?? 0) + count)
}

/** What was seen at any of these times; nothing where it was not seen at all. */
export function merge(all: (Seen | undefined)[]): Seen | undefined {
  const [first, ...others] = all.filter(seen => seen !== undefined)
  if (!first) return undefined
  const merged = { ...first, hosts: new Set(first.hosts), domains: new Map(first.domains) }
  for (const { count, messages, first, last, hosts, domains } of others) {
    merged.count += count
    merged.messages += messages
    merged.first = Math.min(merged.first, first)
    merged.last = Math.max(merged.last, last)
    for (const host of hosts) merged.hosts.add(host)
    for (const [domain, number] of domains)
      merged.domains.set(domain, (merged.domains.get(domain) ?? 0) + number)
  }
  return merged
}
