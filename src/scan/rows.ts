import { closeSync, openSync, writeSync } from 'node:fs'
import { type Mark, type Message, markBase } from '../maillog/message.ts'
import type { Class, Facts, Kind, Outcome } from '../maillog/outcomes.ts'
import { classOf, type Rules } from '../maillog/rules.ts'

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
  classes: Partial<Record<Class, Partial<Record<Kind, number>>>>
}

export type Deciding = {
  rules: Rules
  /** Only recipients on these are lost mail of this incident; all when empty. */
  domains: string[]
}

/** Times that lie no further apart are one gap, in milliseconds. */
const joined = 60_000

export function emptyTally(): Tally {
  return { lostRows: 0, unknownRows: 0, unnamedGaps: [], lostUnnamed: 0, unnamed: 0, classes: {} }
}

/** Decides on one outcome after the other, and counts. */
export class Decider {
  readonly tally = emptyTally()
  readonly #rules: Rules
  readonly #domains: Set<string>

  constructor({ rules, domains }: Deciding) {
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
    const found = classOf(facts, this.#rules)
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
    if (this.#domains.size > 0 && !this.#domains.has(domain)) return undefined
    if (found === 'lost') tally.lostRows++
    else tally.unknownRows++
    return found
  }

  /** It may be anybody's mail: nobody can be called "not affected" by that time of the log. */
  #noteUnnamed({ host, accepted }: { host: string; accepted: number }) {
    const { unnamedGaps } = this.tally
    const last = unnamedGaps.at(-1)
    if (last?.host === host && accepted >= last.from && accepted <= last.to + joined)
      last.to = Math.max(last.to, accepted + 1_000)
    else unnamedGaps.push({ host, from: accepted, to: accepted + 1_000 })
  }
}

/** A CSV file that is written a piece at a time, at once. */
export class CsvFile {
  readonly #file: number
  #rows: string[] = []

  constructor(name: string, columns: readonly string[] | false) {
    this.#file = openSync(name, 'w')
    if (columns) this.#rows.push(columns.join(','))
  }

  add(row: string) {
    this.#rows.push(row)
    if (this.#rows.length >= 2_000) this.flush()
  }

  flush() {
    if (this.#rows.length > 0) writeSync(this.#file, `${this.#rows.join('\n')}\n`)
    this.#rows = []
  }

  close() {
    this.flush()
    closeSync(this.#file)
  }
}

/** Makes rows of outcomes. `names` are those of the files, by the number that marks have. */
export class Rows {
  readonly #names: string[]
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
    return `${field(address)},${this.#time(message)},${field(sender)},${field(messageId)},${size ?? ''},${id},${evidence},${found}`
  }

  outcome(outcome: Outcome, accepted: Mark): string {
    const { message, recipient, count, kind, program, relay, dsn, status, reply, time, mark } = outcome
    const { sender, messageId, size, id, host } = message
    const what = `${field(sender)},${field(messageId)},${size ?? ''},${id},${host}`
    const how = `${cell(kind)},${program},${field(relay)},${dsn},${status},${field(reply.slice(0, 300))}`
    return `${this.#time(message)},${field(recipient)},${count},${what},${how},${time},${cell(this.#evidence(accepted, mark))}`
  }

  #time({ accepted }: Message): string {
    const time = accepted ?? Number.NaN
    if (time !== this.#second) {
      this.#second = time
      this.#stamp = Number.isNaN(time) ? '' : new Date(time).toISOString()
    }
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

/** A field as the log had it, byte for byte; broken UTF-8 is marked. */
function field(raw: string | undefined): string {
  if (raw === undefined) return ''
  for (let at = 0; at < raw.length; at++)
    if (raw.charCodeAt(at) >= 0x80) return cell(Buffer.from(raw, 'latin1').toString('utf8'))
  return cell(raw)
}

export function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
