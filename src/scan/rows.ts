import { type Mark, type Message, markBase } from '../maillog/message.ts'
import type { Outcome } from '../maillog/outcomes.ts'
import type { CsvFile } from './csv-file.ts'

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

/** Writes the rows of outcomes. `names` are those of the files, by the number that marks have. */
export class Rows {
  /** The names before an offset, and whether they need no quotes. */
  readonly #at: string[]
  readonly #plain: boolean[]
  #day = Number.NaN
  #date = ''

  constructor(names: string[]) {
    this.#at = names.map(name => `${name}@`)
    this.#plain = names.map(name => /^[\w./-]*$/.test(name))
  }

  lost(file: CsvFile, outcome: Outcome, accepted: Mark, found: 'lost' | 'unknown') {
    const { message, recipient, mark } = outcome
    file.latin1(recipient)
    this.#time(file, message)
    this.#envelope(file, message)
    this.#evidence(file, accepted, mark)
    file.word(found)
    file.endRow()
  }

  outcome(file: CsvFile, { message, first, count, kind, attempt }: Outcome, accepted: Mark) {
    const { bytes, length } = attempt
    this.#time(file, message)
    file.logged(first.bytes, first.ownerStart, first.ownerEnd)
    file.number(count)
    this.#envelope(file, message)
    file.latin1(message.host)
    file.latin1(kind)
    file.latin1(attempt.program)
    file.logged(bytes, attempt.relayStart, attempt.relayEnd)
    file.logged(bytes, attempt.dsnStart, attempt.dsnEnd)
    file.latin1(attempt.status)
    file.logged(bytes, attempt.replyStart, length)
    file.number(attempt.time)
    this.#evidence(file, accepted, attempt.mark)
    file.endRow()
  }

  /** From `sender` to `queue_id`. */
  #envelope(file: CsvFile, message: Message) {
    const { bytes } = message
    file.logged(bytes, message.senderStart, message.senderEnd)
    file.logged(bytes, message.messageIdStart, message.messageIdEnd)
    file.number(message.size)
    file.logged(bytes, 0, message.idEnd)
  }

  #time(file: CsvFile, { accepted }: Message) {
    if (Number.isNaN(accepted)) return file.word('')
    const day = Math.floor(accepted / dayLength)
    if (day !== this.#day) this.#date = new Date(day * dayLength).toISOString().slice(0, 11)
    this.#day = day
    file.stamp(this.#date, accepted - day * dayLength)
  }

  /** `file@offset+offset`, or with another file after a semicolon: the acceptance and the end. */
  #evidence(file: CsvFile, accepted: Mark, end: Mark) {
    const one = Math.floor(accepted / markBase)
    const other = Math.floor(end / markBase)
    const first = accepted - one * markBase
    const last = end - other * markBase
    if (one !== other) file.text(`${this.#at[one]}${first};${this.#at[other]}${last}`)
    else if (!this.#plain[one]) file.text(`${this.#at[one]}${first}${end === accepted ? '' : `+${last}`}`)
    else if (end === accepted) file.wordAndNumber(this.#at[one] as string, first)
    else file.wordAndNumber(this.#at[one] as string, first, '+', last)
  }
}

const dayLength = 86_400_000
