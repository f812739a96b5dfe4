type FormatName =
  | 'syslog'
  | 'journal-json'
  | 'rfc5424'
  | 'pri'
  | 'year-first'
  | 'exim'
  | 'dovecot'
  | 'unknown'

/** Makes a line of syslog out of another form; `undefined` for a line that is of no known form. */
type Normalize = (line: string, host: string) => string | undefined
export type Format = { name: FormatName; normalize?: Normalize }

const clock = String.raw`\d\d:\d\d:\d\d`
const bsd = String.raw`[A-Z][a-z]{2} [ \d]\d ${clock}`
const iso = String.raw`\d{4}-\d\d-\d\dT${clock}(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?`
const spaced = String.raw`(\d{4}-\d\d-\d\d) (${clock}(?:\.\d+)?)(?: ([+-]\d{4}))?`

const syslog = new RegExp(`^(${bsd}|${iso}) ([^ ]*[^ :]) `)
const pri = new RegExp(`^<\\d{1,3}>(?=(?:${bsd}|${iso}) [^ ]*[^ :] )`)
const rfc5424 = new RegExp(
  String.raw`^(?:<\d{1,3}>)?1 (${iso}) ([^ ]+) ([^ ]+) ([^ ]+) [^ ]+ (?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\[^])*")*\])+)(?: |$)`
)
const yearFirst = new RegExp(
  String.raw`^(\d{4}) ([A-Z][a-z]{2}) ([ \d])(\d) (${clock}(?:\.\d+)?) (?=[^ ]*[^ :] )`
)
const exim = new RegExp(String.raw`^${spaced} (?:\[(\d+)\] )?`)
/** What Exim says: of a message, of a peer, or of itself. */
const eximWords = /^(?:\w{6}-(?:\w{6}-\w\w|\w{11}-\w{4}) |H=|exim |Start queue run|End queue run)/
const eximInSyslog = new RegExp(
  String.raw`^(${bsd}|${iso}) ([^ ]+) ([^ [:]*exim[^ [:]*)(?:\[(\d+)\])?: (\[\d+[/\\]\d+\] )?${spaced} (?:\[(\d+)\] )?`
)
const dovecot = new RegExp(
  String.raw`^(?:(${bsd})|${spaced}) ([A-Za-z][A-Za-z0-9-]*(?:\([^)]*\))?(?:<[^>]*>)*: )(?:Debug|Info|Warning|Error|Fatal|Panic): `
)
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Each form, the more special ones first: what one reads, the next ones need not look at. */
const forms: { name: FormatName; read: Normalize }[] = [
  { name: 'journal-json', read: readJournal },
  { name: 'rfc5424', read: readRfc5424 },
  { name: 'pri', read: line => (pri.test(line) ? line.replace(pri, '') : undefined) },
  { name: 'year-first', read: readYearFirst },
  { name: 'dovecot', read: readDovecot },
  { name: 'exim', read: readEximInSyslog },
  { name: 'syslog', read: line => (syslog.test(line) ? line : undefined) },
  { name: 'exim', read: readExim }
]

/**
 * The form of a log, told by its first lines (latin1). Lines of syslog, with a stamp of RFC 3164 or
 * RFC 3339, a host and a program, need no change; all others are made to look like these, line by line,
 * also when they are of another form than the first ones.
 */
export function formatOf(head: string): Format {
  const lines = head.split('\n', 500).map(line => line.replace(/^\0+/, ''))
  const first = lines.map(formOf).find(form => form !== undefined)
  if (!first) return { name: 'unknown' }
  const special = first.name === 'syslog' && lines.some(line => eximInSyslog.test(line))
  const form = special ? { name: 'exim' as const, read: readEximInSyslog } : first
  if (form.name === 'syslog') return { name: 'syslog' }
  return { name: form.name, normalize: (line, host) => form.read(line, host) ?? readAny(line, host) }
}

/** Stamp and host of a line of any form; the host is `undefined` in the own logs of Exim and Dovecot. */
export function prefixOf(line: string): { stamp: string; host: string | undefined } | undefined {
  const [, stamp, host] = syslog.exec(readAny(line.replace(/^\0+/, ''), '-') ?? '') ?? []
  return stamp === undefined ? undefined : { stamp, host: host === '-' ? undefined : host }
}

function formOf(line: string) {
  return forms.find(({ read }) =>
    read === readExim ? eximWords.test(line.replace(exim, '')) : read(line, '-') !== undefined
  )
}

function readAny(line: string, host: string): string | undefined {
  for (const { read } of forms) {
    const found = read(line, host)
    if (found !== undefined) return found
  }
  return undefined
}

/** Of JavaScript, in microseconds since the epoch. */
const endOfTime = 8.64e18

type JournalEntry = Record<string, unknown>

/** `journalctl -o json`: https://systemd.io/JOURNAL_EXPORT_FORMATS/ */
function readJournal(line: string, host: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  const entry = parseEntry(line)
  const time = Number(entry?.__REALTIME_TIMESTAMP)
  const said = textOf(entry?.MESSAGE)
  if (!entry || !(time > 0 && time < endOfTime) || said === undefined) return undefined
  const stamp = new Date(Math.floor(time / 1_000)).toISOString().slice(0, -1)
  const micros = String(time % 1_000).padStart(3, '0')
  const program = textOf(entry.SYSLOG_IDENTIFIER) ?? textOf(entry._COMM) ?? 'unknown'
  const pid = textOf(entry.SYSLOG_PID) ?? textOf(entry._PID)
  return `${stamp}${micros}Z ${textOf(entry._HOSTNAME) ?? host} ${tagOf(program, pid)}: ${said}`
}

/** The line is bytes in latin1, and so are the texts in the entry. */
function parseEntry(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(/[\x80-\xff]|\\u/.test(line) ? Buffer.from(line, 'latin1').toString() : line)
  } catch {
    return undefined
  }
}

/** Texts that are not UTF-8 are arrays of bytes; a field that stands several times is an array of texts. */
function textOf(value: unknown): string | undefined {
  const first = Array.isArray(value) && typeof value[0] === 'string' ? value[0] : value
  if (Array.isArray(first)) return onOneLine(Buffer.from(first).toString('latin1'))
  return typeof first === 'string' ? onOneLine(Buffer.from(first).toString('latin1')) : undefined
}

/** As rsyslog writes them. */
function onOneLine(text: string): string {
  return text.includes('\n') ? text.replaceAll('\n', '#012') : text
}

function tagOf(program: string, pid: string | undefined): string {
  return pid === undefined || pid === '-' ? program : `${program}[${pid}]`
}

function readRfc5424(line: string, host: string): string | undefined {
  const found = rfc5424.exec(line)
  if (!found) return undefined
  const [prefix, stamp, own = '-', program = '-', pid] = found
  const said = line.slice(prefix.length).replace(/^\xef\xbb\xbf/, '')
  return `${stamp} ${own === '-' ? host : own} ${tagOf(program, pid)}: ${said}`
}

function readYearFirst(line: string): string | undefined {
  const found = yearFirst.exec(line)
  if (!found) return undefined
  const [prefix, year, name = '', tens = '0', ones, time] = found
  const month = String(months.indexOf(name) + 1).padStart(2, '0')
  return `${year}-${month}-${tens.replace(' ', '0')}${ones}T${time} ${line.slice(prefix.length)}`
}

/** Dovecot's `log_path` and `info_log_path`; the word for the level is dropped, as in syslog. */
function readDovecot(line: string, host: string): string | undefined {
  const found = dovecot.exec(line)
  if (!found) return undefined
  const [prefix, stamp, date, time, offset = '', source] = found
  return `${stamp ?? `${date}T${time}${offset}`} ${host} dovecot: ${source}${line.slice(prefix.length)}`
}

/** Exim writes its own stamp also into syslog. It has the year, which that of RFC 3164 has not. */
function readEximInSyslog(line: string): string | undefined {
  const found = eximInSyslog.exec(line)
  if (!found) return undefined
  const [prefix, outer = '', host, program = '', pid, part = '', date, time, offset = '', inner] = found
  const stamp = /^\d/.test(outer) ? outer : `${date}T${time}${offset}`
  return `${stamp} ${host} ${tagOf(program, pid ?? inner)}: ${part}${line.slice(prefix.length)}`
}

/** Exim's main log. */
function readExim(line: string, host: string): string | undefined {
  const found = exim.exec(line)
  if (!found) return undefined
  const [prefix, date, time, offset = '', pid] = found
  return `${date}T${time}${offset} ${host} ${tagOf('exim', pid)}: ${line.slice(prefix.length)}`
}
