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
  readonly #names: string[]
  #day = Number.NaN
  #date = ''
  #second = Number.NaN
  #stamp = ''

  constructor(names: string[]) {
    this.#names = names
  }

  /** Local users stand without a domain: theirs is the host's. */
  lost(file: CsvFile, { message, recipient, mark }: Outcome, accepted: Mark, found: 'lost' | 'unknown') {
    file.logged(recipient.includes('@') ? recipient : `${recipient}@${message.host}`)
    file.word(this.#time(message))
    file.logged(message.sender)
    file.logged(message.messageId)
    file.number(message.size)
    file.word(message.id)
    this.#evidence(file, accepted, mark)
    file.word(found)
    file.endRow()
  }

  outcome(file: CsvFile, outcome: Outcome, accepted: Mark) {
    const { message } = outcome
    file.word(this.#time(message))
    file.logged(outcome.recipient)
    file.number(outcome.count)
    file.logged(message.sender)
    file.logged(message.messageId)
    file.number(message.size)
    file.word(message.id)
    file.logged(message.host)
    file.text(outcome.kind)
    file.logged(outcome.program)
    file.logged(outcome.relay)
    file.logged(outcome.dsn)
    file.logged(outcome.status)
    file.logged(outcome.reply)
    file.number(outcome.time)
    this.#evidence(file, accepted, outcome.mark)
    file.endRow()
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
  #evidence(file: CsvFile, accepted: Mark, end: Mark) {
    const [one, other] = [Math.floor(accepted / markBase), Math.floor(end / markBase)]
    const [first, last] = [accepted - one * markBase, end - other * markBase]
    const name = this.#names[one] as string
    if (one !== other) file.text(`${name}@${first};${this.#names[other]}@${last}`)
    else if (!plain.test(name)) file.text(`${name}@${first}${end === accepted ? '' : `+${last}`}`)
    else if (end === accepted) file.wordAndNumber(`${name}@`, first)
    else file.wordAndNumber(`${name}@`, first, '+', last)
  }
}

const plain = /^[\w./-]*$/
const pairs = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))

function pair(number: number): string {
  return pairs[number] as string
}
