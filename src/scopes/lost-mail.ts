import { canonicalEmail, domainOf } from '../accounts/canonical.ts'
import { linesOf, textOf } from '../csv/lines.ts'
import { type CsvColumns, type CsvProblem, type CsvRow, readCsv } from '../csv/read.ts'
import type { CopyValue } from '../database/copy.ts'
import type { Incident } from '../incidents/queries.ts'
import { timeReader } from '../incidents/time.ts'
import { Failure } from '../terminal/failure.ts'

type Column =
  | 'recipient'
  | 'received_at'
  | 'sender'
  | 'message_id'
  | 'size'
  | 'queue_id'
  | 'evidence'
  | 'class'

const alone: CsvColumns<Column> = { required: ['recipient'] }
const timed: CsvColumns<Column> = {
  required: ['recipient', 'received_at'],
  optional: ['sender', 'message_id', 'size', 'queue_id', 'evidence', 'class']
}

/** The columns that `lostRows` fills: `problem` is why a line cannot be read, `apart` why it is no lost mail. */
export const lostRowColumns = '(line, problem, apart, email, received_at, sender, message_id, size, queue_id)'

/** Where the lines of a file start: those of all files are numbered through, and a number tells both. */
const fileStep = 2 ** 32

/** `isScanned`: the recipients are as the logs have them, which are not all addresses: `root@mx1`. */
export type LostMail = { file: string; number: number; recipientsAlone: boolean; isScanned: boolean }

/**
 * Whether recipients are all that the files tell, or there are times too.
 * @throws Failure when some are of one kind and some of the other, or one cannot be read
 */
export async function haveRecipientsAlone(files: string[]): Promise<boolean> {
  const { true: bare = [], false: full = [] } = Object.groupBy(
    await Promise.all(files.map(async file => ({ file, one: await hasOneColumn(file) }))),
    ({ one }) => `${one}` as const
  )
  if (bare[0] && full[0])
    throw new Failure(
      `${bare[0].file} has recipients alone, and ${full[0].file} has times: load files of one kind together.`
    )
  return bare.length > 0
}

async function hasOneColumn(file: string): Promise<boolean> {
  for await (const { lines } of linesOf(file))
    if (lines[0] !== undefined) return !textOf(lines[0]).includes(',')
  return false
}

/**
 * The rows of a lost-mail file: one a lost message and recipient, or one a recipient when that is the
 * only column.
 * @param onProgress is told how many bytes of the file have been read so far
 * @throws Failure when the file cannot be read or its header is wrong
 */
export async function* lostRows(
  { file, number, recipientsAlone, isScanned }: LostMail,
  incident: Incident,
  onProgress: (bytesRead: number) => void
): AsyncGenerator<CopyValue[]> {
  const columns = recipientsAlone ? alone : timed
  const read = recipientsAlone ? recipientReader(incident) : messageReader(incident, isScanned)
  for await (const row of readCsv(file, columns, onProgress)) {
    const values = 'problem' in row ? unreadable(row) : read(row)
    values[0] = number * fileStep + row.line
    yield values
  }
}

function unreadable({ line, problem }: CsvProblem): CopyValue[] {
  return [line, problem, null, null, null, null, null, null, null]
}

function recipientReader({ domains }: Incident) {
  const concerned = new Set(domains)
  return ({ line, values: { recipient } }: CsvRow<Column>): CopyValue[] => {
    const email = canonicalEmail(recipient)
    if (!email) return unreadable({ line, problem: notAnAddress(recipient) })
    const apart = concerned.has(domainOf(email)) ? null : 'other_domain'
    return [line, null, apart, email, null, null, null, null, null]
  }
}

function messageReader({ domains, starts_at, ends_at, zone }: Incident, isScanned: boolean) {
  const concerned = new Set(domains)
  const readTime = timeReader(zone)
  return ({ line, values }: CsvRow<Column>): CopyValue[] => {
    const { recipient, received_at, sender, message_id, size, queue_id } = values
    const email =
      canonicalEmail(recipient) ?? (isScanned && recipient ? shown(recipient).toLowerCase() : undefined)
    if (!email) return unreadable({ line, problem: notAnAddress(recipient) })
    const read = received_at ? readTime(received_at) : { problem: 'received_at is empty' }
    if ('problem' in read) return unreadable({ line, problem: read.problem })
    if (!/^\d{0,15}$/.test(size)) return unreadable({ line, problem: `"${size}" is not a size in bytes` })
    const outside = read.time < starts_at || read.time >= ends_at
    if (!/^(?:lost|unknown)?$/.test(values.class))
      return unreadable({ line, problem: `"${values.class}" is no class: it is lost or unknown` })
    const inside = outside ? 'outside_window' : values.class === 'unknown' ? 'no_word' : null
    const apart = concerned.has(domainOf(email)) ? inside : 'other_domain'
    const details = [shown(sender), shown(message_id), size, queue_id].map(value => value || null)
    return [line, null, apart, email, read.time.toISOString(), ...details]
  }
}

/** What a stranger chose, as it may stand on a page: no controls, no change of direction, no endless text. */
export function shown(text: string): string {
  return text.slice(0, 998).replace(/\p{Bidi_Control}|[^\P{Cc}\t]/gu, '\ufffd')
}

function notAnAddress(text: string): string {
  return `"${text}" is not an e-mail address`
}
