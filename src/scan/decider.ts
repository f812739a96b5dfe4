import { type Class, classOfKind, type Facts, type Kind } from '../maillog/kinds.ts'
import { type Rules, ruleOf } from '../maillog/rules.ts'

/** Recipients by what became of them, and by what that means. */
export type Tally = {
  lostRows: number
  /** Of recipients of whom there is no word. */
  unknownRows: number
  /** When mail was accepted that is lost, or of which there is no word, and whose recipients no line names. */
  unnamedGaps: { host: string; from: number; to: number }[]
  /** Recipients that are lost, but named by no line. */
  lostUnnamed: number
  unnamed: number
  /** Recipients of lost mail, or of mail without a word, on other domains than those asked for. */
  elsewhere: number
  /** For each rule, how many recipients it decided on. */
  byRule: number[]
  classes: Partial<Record<Class, Partial<Record<Kind, number>>>>
}

export type Deciding = {
  rules: Rules
  /** Only recipients on these are lost mail of this incident; all when empty. */
  domains: string[]
}

/** Times that lie no further apart are one gap, in milliseconds. */
const joined = 60_000

export function emptyTally(rules: Rules): Tally {
  const counts = { lostRows: 0, unknownRows: 0, lostUnnamed: 0, unnamed: 0, elsewhere: 0 }
  return { ...counts, byRule: rules.map(() => 0), unnamedGaps: [], classes: {} }
}

/** Decides on one outcome after the other, and counts. */
export class Decider {
  readonly #tally: Tally
  /** Recipients, as in `classes` of the tally. */
  readonly #counts = new Map<Class, Map<Kind, number>>()
  /** Of each host. */
  readonly #lastGaps = new Map<string, Tally['unnamedGaps'][number]>()
  readonly #rules: Rules
  readonly #domains: Set<string>

  constructor({ rules, domains }: Deciding) {
    this.#tally = emptyTally(rules)
    this.#rules = rules
    this.#domains = new Set(domains)
  }

  /**
   * @param where the host, and when the message was accepted
   * @returns the class of its row in the lost-mail file; nothing when it is no row of it
   */
  decide(
    facts: Facts,
    count: number,
    where: { host: string; accepted: number }
  ): 'lost' | 'unknown' | undefined {
    const tally = this.#tally
    const rule = this.#rules.length === 0 ? -1 : ruleOf(facts, this.#rules)
    const found = rule === -1 ? classOfKind(facts.kind) : (this.#rules[rule]?.class as Class)
    if (rule !== -1) tally.byRule[rule] = (tally.byRule[rule] ?? 0) + count
    this.#count(found, facts.kind, count)
    if (!facts.isNamed) tally.unnamed += count
    if (found !== 'lost' && found !== 'unknown') return undefined
    if (!facts.isNamed) {
      if (found === 'lost') tally.lostUnnamed += count
      this.#noteUnnamed(where)
      return undefined
    }
    const domain = facts.recipient.slice(facts.recipient.lastIndexOf('@') + 1).toLowerCase()
    if (this.#domains.size > 0 && !this.#domains.has(domain)) {
      tally.elsewhere += count
      return undefined
    }
    if (found === 'lost') tally.lostRows++
    else tally.unknownRows++
    return found
  }

  #count(found: Class, kind: Kind, count: number) {
    let kinds = this.#counts.get(found)
    if (!kinds) {
      kinds = new Map()
      this.#counts.set(found, kinds)
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + count)
  }

  get tally(): Tally {
    const counts = [...this.#counts].map(([found, kinds]) => [found, Object.fromEntries(kinds)])
    return { ...this.#tally, classes: Object.fromEntries(counts) }
  }

  /** It may be anybody's mail: nobody can be called "not affected" by that time of the log. */
  #noteUnnamed({ host, accepted }: { host: string; accepted: number }) {
    const last = this.#lastGaps.get(host)
    if (last && accepted >= last.from && accepted <= last.to + joined) {
      last.to = Math.max(last.to, accepted + 1_000)
      return
    }
    const gap = { host, from: accepted, to: accepted + 1_000 }
    this.#lastGaps.set(host, gap)
    this.#tally.unnamedGaps.push(gap)
  }
}
