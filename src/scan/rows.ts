import { closeSync, openSync, writeSync } from 'node:fs'
import { type Mark, type Message, markBase } from '../maillog/message.ts'
import { type Class, classes, type Facts, type Kind, type Outcome } from '../maillog/outcomes.ts'
import { type Rules, ruleOf } from '../maillog/rules.ts'

export const lostColumns = [
  'recipient',
  'received_at',
  'sender',
  'message_id',
  'size',
  'queue_id',
  'evidence',
  'class'
] as const
export const outcomeColumns = [
  ...['received_at', 'recipient', 'count', 'sender', 'message_id', 'size', 'queue_id', 'host', 'outcome'],
  ...['program', 'relay', 'dsn', 'status', 'reply', 'at', 'evidence']
] as const

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
  readonly tally: Tally
  /** Of each host. */
  readonly #lastGaps = new Map<string, Tally['unnamedGaps'][number]>()
  readonly #rules: Rules
  readonly #domains: Set<string>

  constructor({ rules, domains }: Deciding) {
    this.tally = emptyTally(rules)
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
    const { tally } = this
    const rule = ruleOf(facts, this.#rules)
    const found = this.#rules[rule]?.class ?? classes[facts.kind]
    if (rule !== -1) tally.byRule[rule] = (tally.byRule[rule] ?? 0) + count
    tally.classes[found] ??= {}
    const kinds = tally.classes[found]
    kinds[facts.kind] = (kinds[facts.kind] ?? 0) + count
    if (facts.recipient === '') tally.unnamed += count
    if (found !== 'lost' && found !== 'unknown') return undefined
    if (facts.recipient === '') {
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

  /** It may be anybody's mail: nobody can be called "not affected" by that time of the log. */
  #noteUnnamed({ host, accepted }: { host: string; accepted: number }) {
    const last = this.#lastGaps.get(host)
    if (last && accepted >= last.from && accepted <= last.to + joined) {
      last.to = Math.max(last.to, accepted + 1_000)
      return
    }
    const gap = { host, from: accepted, to: accepted + 1_000 }
    this.#lastGaps.set(host, gap)
    this.tally.unnamedGaps.push(gap)
  }
}

const bufferBytes = 1 << 18

/** A CSV file that is written a piece at a time, at once. Rows are kept as bytes: as strings they would outlive what they are cut from. */
export class CsvFile {
  readonly #file: number
  readonly #bytes = Buffer.allocUnsafeSlow(bufferBytes)
  #length = 0

  constructor(name: string, columns: readonly string[] | false) {
    this.#file = openSync(name, 'w')
    if (columns) this.add(`${columns.join(',')}\n`)
  }

  /** @param row with its line end */
  add(row: string) {
    // A character of a string has three bytes at the most.
    if (this.#length + 3 * row.length > bufferBytes) this.flush()
    if (3 * row.length > bufferBytes) writeSync(this.#file, row)
    else this.#length += this.#bytes.write(row, this.#length)
  }

  flush() {
    for (let at = 0; at < this.#length; ) at += writeSync(this.#file, this.#bytes, at, this.#length - at)
    this.#length = 0
  }

  close() {
    this.flush()
    closeSync(this.#file)
  }
}

/** Makes rows of outcomes. `names` are those of the files, by the number that marks have. */
export class Rows {
  readonly #names: string[]
  #day = Number.NaN
  #date = ''
  #second = Number.NaN
  #stamp = ''

  constructor(names: string[]) {
    this.#names = names
  }

  /** Local users stand without a domain: theirs is the host's. */
  lost({ message, recipient, mark }: Outcome, accepted: Mark, found: 'lost' | 'unknown'): string {
    const { sender, messageId, size, id } = message
    const evidence = cell(this.#evidence(accepted, mark))
    const address = recipient.includes('@') ? recipient : `${recipient}@${message.host}`
    return `${field(address)},${this.#time(message)},${field(sender)},${field(messageId)},${size ?? ''},${id},${evidence},${found}\n`
  }

  outcome(outcome: Outcome, accepted: Mark): string {
    const { message, recipient, count, kind, program, relay, dsn, status, reply, time, mark } = outcome
    const { sender, messageId, size, id, host } = message
    const what = `${field(sender)},${field(messageId)},${size ?? ''},${id},${host}`
    const how = `${cell(kind)},${program},${field(relay)},${dsn},${status},${field(reply)}`
    return `${this.#time(message)},${field(recipient)},${count},${what},${how},${time},${cell(this.#evidence(accepted, mark))}\n`
  }

  #time({ accepted = Number.NaN }: Message): string {
    if (accepted === this.#second) return this.#stamp
    if (Number.isNaN(accepted)) return ''
    const day = Math.floor(accepted / 86_400_000)
    if (day !== this.#day) this.#date = new Date(day * 86_400_000).toISOString().slice(0, 11)
    this.#day = day
    const left = accepted - day * 86_400_000
    const seconds = Math.floor(left / 1_000)
    const minutes = Math.floor(seconds / 60)
    const clock = `${pair(Math.floor(minutes / 60))}:${pair(minutes % 60)}:${pair(seconds % 60)}`
    this.#second = accepted
    this.#stamp = `${this.#date}${clock}.${String(left % 1_000).padStart(3, '0')}Z`
    return this.#stamp
  }

  /** `file@offset+offset`, or with another file after a semicolon: the acceptance and the end. */
  #evidence(accepted: Mark, end: Mark): string {
    const [one, other] = [Math.floor(accepted / markBase), Math.floor(end / markBase)]
    const first = `${this.#names[one]}@${accepted - one * markBase}`
    if (accepted === end) return first
    const last = end - other * markBase
    return one === other ? `${first}+${last}` : `${first};${this.#names[other]}@${last}`
  }
}

const pairs = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))

function pair(number: number): string {
  return pairs[number] as string
}

/** A field as the log had it, byte for byte; broken UTF-8 is marked. */
function field(raw = ''): string {
  if (!/[",\r\n\x80-\xff]/.test(raw)) return raw
  return cell(Buffer.from(raw, 'latin1').toString('utf8'))
}

export function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
