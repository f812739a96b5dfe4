import { type Flow, type Minute, merge, type Seen } from './minute.ts'

/** A burst, or a silence, is remembered for about five days: half of it is left then. */
const fading = 0.9999
/** In minutes: of what is older half counts no more. */
const learnedAtMost = 14 * 24 * 60
const keptGroups = 5_000
const keptDomains = 20_000

/** What is usual: sums over the minutes that were learned. Maps, for strangers choose the names. */
export type Normal = {
  minutes: number
  /** Accepted messages. */
  messages: number
  /** Delivered recipients, of all groups. */
  delivered: number
  /** Messages; `most` is the largest number within five minutes. */
  flows: Map<Flow, { total: number; most: number }>
  /** The largest number of messages without a word at a time. */
  unheard: number
  groups: Map<string, { count: number; family: string }>
  /** Recipients of delivered mail. */
  domains: Map<string, number>
  /** Minutes with a line, and the longest time without one, in minutes. */
  hosts: Map<string, { minutes: number; gap: number }>
  /** When an alarm was on last, in minutes since the epoch: what it is about is not learned of that time. */
  departed: Map<string, { from: number; to: number }>
}

export function newNormal(): Normal {
  const counts = { minutes: 0, messages: 0, delivered: 0, unheard: 0 }
  const maps = {
    flows: new Map(),
    groups: new Map(),
    domains: new Map(),
    hosts: new Map(),
    departed: new Map()
  }
  return { ...counts, ...maps }
}

/** @param minutes the one to learn, and those after it that make five */
export function learn(normal: Normal, minutes: Minute[]) {
  const minute = minutes[0] as Minute
  const departs = (key: string) => minutes.some(({ at }) => isDeparted(normal, key, at))
  normal.minutes++
  normal.messages += minute.messages
  for (const known of normal.flows.values()) known.most *= fading
  for (const [flow, { messages }] of flowsOf(minutes)) {
    if (departs(flow)) continue
    const known = normal.flows.get(flow) ?? { total: 0, most: 0 }
    known.total += minute.flows.get(flow)?.messages ?? 0
    known.most = Math.max(known.most, messages)
    normal.flows.set(flow, known)
  }
  for (const known of normal.hosts.values()) known.gap *= fading
  normal.unheard *= fading
  if (!departs('unheard')) normal.unheard = Math.max(normal.unheard, minute.waiting)
  for (const { group, family, count, domains } of minute.groups.values()) {
    if (departs(group)) continue
    normal.groups.set(group, { count: (normal.groups.get(group)?.count ?? 0) + count, family })
    normal.delivered += count
    for (const [domain, number] of domains)
      normal.domains.set(domain, (normal.domains.get(domain) ?? 0) + number)
  }
  if (normal.minutes > learnedAtMost) halve(normal)
  if (normal.groups.size > keptGroups) normal.groups = mostOf(normal.groups, ({ count }) => count)
  if (normal.domains.size > keptDomains) normal.domains = mostOf(normal.domains, count => count)
  for (const [key, { to }] of normal.departed) if (to < minute.at) normal.departed.delete(key)
}

export function isDeparted({ departed }: Normal, key: string, at: number): boolean {
  const span = departed.get(key)
  return span !== undefined && span.from <= at && at <= span.to
}

function halve(normal: Normal) {
  for (const sum of ['minutes', 'messages', 'delivered'] as const) normal[sum] /= 2
  for (const known of normal.hosts.values()) known.minutes /= 2
  for (const known of normal.flows.values()) known.total /= 2
  for (const known of normal.groups.values()) known.count /= 2
  for (const [domain, count] of normal.domains) normal.domains.set(domain, count / 2)
}

/** The half that counts most. */
function mostOf<T>(all: Map<string, T>, countOf: (one: T) => number): Map<string, T> {
  const sorted = [...all].sort(([, a], [, b]) => countOf(b) - countOf(a))
  return new Map(sorted.slice(0, sorted.length / 2))
}

/** The flows of some minutes together. */
export function flowsOf(minutes: Minute[]): Map<Flow, Seen> {
  const flows = new Set(minutes.flatMap(minute => [...minute.flows.keys()]))
  return new Map([...flows].map(flow => [flow, merge(minutes.map(minute => minute.flows.get(flow))) as Seen]))
}
