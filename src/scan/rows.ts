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

  /** Local users stand without a domain: theirs is the host's. */
  lost(file: CsvFile, { message, recipient, mark }: Outcome, accepted: Mark, found: 'lost' | 'unknown') {
    file.logged(recipient.includes('@') ? recipient : `${recipient}@${message.host}`)
    this.#time(file, message)
    file.logged(message.sender)
    file.logged(message.messageId)
    file.number(message.size)
    file.word(message.id)
    this.#evidence(file, accepted, mark)
    file.word(found)
    file.endRow()
  }

  outcome(file: CsvFile, { message, recipient, count, kind, attempt }: Outcome, accepted: Mark) {
    const { text, program, status, time, mark } = attempt
    this.#time(file, message)
    file.logged(recipient)
    file.number(count)
    file.logged(message.sender)
    file.logged(message.messageId)
    file.number(message.size)
    file.word(message.id)
    file.logged(message.host)
    file.logged(kind)
    file.logged(program)
    file.logged(text, attempt.relayStart, attempt.relayEnd)
    file.logged(text, attempt.dsnStart, attempt.dsnEnd)
    file.logged(status)
    file.logged(text, attempt.replyStart)
    file.number(time)
    this.#evidence(file, accepted, mark)
    file.endRow()
  }

  #time(file: CsvFile, { accepted = Number.NaN }: Message) {
    if (Number.isNaN(accepted)) return file.word('')
    const day = Math.floor(accepted / dayLength)
    if (day !== this.#day) this.#date = new Date(day * dayLength).toISOString().slice(0, 11)
    this.#day = day
    file.stamp(this.#date, accepted - day * dayLength)
  }

  /** `file@offset+offset`, or with another file after a semicolon: the acceptance and the end. */
  #evidence(file: CsvFile, accepted: Mark, end: Mark) {
    const [one, other] = [Math.floor(accepted / markBase), Math.floor(end / markBase)]
    const [first, last] = [accepted - one * markBase, end - other * markBase]
    if (one !== other) file.text(`${this.#at[one]}${first};${this.#at[other]}${last}`)
    else if (!this.#plain[one]) file.text(`${this.#at[one]}${first}${end === accepted ? '' : `+${last}`}`)
    else if (end === accepted) file.wordAndNumber(this.#at[one] as string, first)
    else file.wordAndNumber(this.#at[one] as string, first, '+', last)
  }
}

const dayLength = 86_400_000
