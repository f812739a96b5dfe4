import type { Finding } from './detector.ts'
import { type Minute, merge, type Seen } from './minute.ts'
import type { Normal } from './normal.ts'

/** In minutes. A day has its times: who takes mail is not known before a quarter of it. */
const learnedAtLeast = 6 * 60
const learnedDeliveries = 100
/** Takes hardly any mail, as a part of all deliveries. */
const rarely = 0.001
/** Takes much mail, as a part of the host's deliveries. */
const much = 0.05
const messagesAtLeast = 5
const domainsAtLeast = 5
/** The chance of a new name with which a family is known for bringing them. */
const newNames = 0.01
/** In minutes: how long a group is looked at as one that is new, and how long it may be away. */
const lookedAt = 60
const away = 10
const keptCandidates = 1_000

type Taken = Seen & { group: string; family: string }
type Candidate = { seen: Seen; group: string; family: string; since: number; at: number; deliveries: number }

/**
 * Finds mail that goes where it hardly ever went. Only recipients on domains to which mail was delivered before
 * count: then it went elsewhere. A new customer of an outbound host, or a relay of theirs, is nothing new.
 */
export class Diversions {
  readonly #normal: Normal
  /** By host and group. */
  readonly #candidates = new Map<string, Candidate>()

  constructor(normal: Normal) {
    this.#normal = normal
  }

  note(minute: Minute, isAlarm: (key: string) => boolean) {
    const deliveries = new Map<string, number>()
    for (const { host, count } of minute.groups.values())
      deliveries.set(host, (deliveries.get(host) ?? 0) + count)
    for (const [key, taken] of minute.groups)
      if (this.#candidates.has(key) || isAlarm(taken.group) || this.#isRare(taken.group))
        this.#look(key, minute.at, taken)
    for (const [key, candidate] of this.#candidates) {
      candidate.deliveries += deliveries.get(key.slice(0, key.indexOf('\n'))) ?? 0
      const isOver = minute.at - candidate.at > away || minute.at - candidate.since > lookedAt
      if (isOver && !isAlarm(candidate.group)) this.#candidates.delete(key)
    }
    for (const key of this.#candidates.keys())
      if (this.#candidates.size > keptCandidates) this.#candidates.delete(key)
      else break
  }

  findings(minute: Minute, isAlarm: (key: string) => boolean): Finding[] {
    const { minutes, delivered } = this.#normal
    if (minutes < learnedAtLeast || delivered < learnedDeliveries) return []
    const diverted = [...this.#candidates].filter(([, { seen, group, family, at, deliveries }]) =>
      isAlarm(group) ? at === minute.at : this.#isDiversion(seen, { group, family, deliveries })
    )
    return [...Map.groupBy(diverted, ([, { group }]) => group)].map(([group, hosts]) => {
      const seen = merge(hosts.map(([, candidate]) => candidate.seen)) as Seen
      const fresh = merge(hosts.map(([key]) => minute.groups.get(key)))
      return { ...seen, key: group, kind: 'relay', fresh, usual: 0 }
    })
  }

  accept(group: string) {
    const family = [...this.#candidates.values()].find(candidate => candidate.group === group)?.family
    if (family)
      this.#normal.groups.set(group, { count: Math.max(2, 2 * rarely * this.#normal.delivered), family })
  }

  #isRare(group: string): boolean {
    return (this.#normal.groups.get(group)?.count ?? 0) < Math.max(1, rarely * this.#normal.delivered)
  }

  #look(key: string, at: number, { group, family, ...taken }: Taken) {
    const domains = new Map([...taken.domains].filter(([domain]) => this.#normal.domains.has(domain)))
    const count = domains.values().reduce((sum, number) => sum + number, 0)
    const known = this.#candidates.get(key)
    if (count === 0 && !known) return
    const diverted = { ...taken, domains, count }
    if (known) Object.assign(known, { seen: merge([known.seen, diverted]), at })
    else this.#candidates.set(key, { seen: diverted, group, family, since: at, at, deliveries: 0 })
  }

  /** Enough mail, a good part of the host's, for many domains that are known or for one that is large. */
  #isDiversion(
    { count, messages, domains }: Seen,
    from: Pick<Candidate, 'group' | 'family' | 'deliveries'>
  ): boolean {
    if (messages < messagesAtLeast || count < much * from.deliveries || this.#isUsual(from)) return false
    const usually = domains.keys().reduce((sum, domain) => sum + (this.#normal.domains.get(domain) ?? 0), 0)
    return domains.size >= domainsAtLeast || usually >= much * this.#normal.delivered
  }

  /** Whether the family brings new names all the time. Good and Turing: their chance is that of names seen once. */
  #isUsual({ group, family }: Pick<Candidate, 'group' | 'family'>): boolean {
    const akin = [...this.#normal.groups].filter(([name, known]) => known.family === family && name !== group)
    const total = akin.reduce((sum, [, { count }]) => sum + count, 0)
    return akin.filter(([, { count }]) => count <= 1).length > newNames * total
  }
}
