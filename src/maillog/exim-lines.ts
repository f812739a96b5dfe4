/** What single lines of Exim say: https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html */

/** What others wrote is in quotes, or at the end: no subject, certificate or reply looks like a field. */
const quoted = String.raw`"(?:[^"\\]|\\.)*"`
const id = String.raw`\w{6}-\w{6,11}-\w{2,4}`

const arrival = new RegExp(
  `^[<(]= (<>|${quoted}@\\S*|\\S+)(?: R=(${id}))?((?:[^"]|${quoted})*? S=(\\d+)(.*))?$`
)
const messageId = new RegExp(`^(?: [A-Z][^\\s"]*)* id\\*?=(${quoted}\\S*|\\S+)`)
const recipients = new RegExp(`^(?:[^"]|${quoted})*? for (.*)$`)
const recipient = new RegExp(`(?:${quoted}|[^\\s"])+`, 'g')
const delivery = new RegExp(
  `^.. ([/|>].+?|${quoted}@\\S*|[^\\s"]+)(?: \\([^)]*\\))?(?: <((?:${quoted})?[^>]*)>)?(?= [A-Z]=|(?: routing)? defer |: |$)`
)
/** The same local part without and with its quotes, which may hold anything. */
const oddDelivery = new RegExp(`^.. (.+?) <((${quoted})@[^>\\s]*)>`)
const passage = new RegExp(`^(?: [FP]=<(?:${quoted})?[^>]*>| Q=\\S+)*(?: R=[^\\s:]+)?(?: T=([^\\s:]+))?`)
const refusal = new RegExp(
  `^[HU]=.*? F=<((?:${quoted})?[^>]*)> (?:(?:temporarily )?rejected )?RCPT <?((?:${quoted})?[^>\\s]*?)>?(?=[: ]|$)(: discarded by )?`
)

/** The ID that a line is about, and what it says. */
export function subjectOf(said: string): { id: string; rest: string } | undefined {
  const [all, found] = /^(\w{6}-\w{6,11}-\w{2,4}) /.exec(said) ?? []
  return all === undefined || found === undefined ? undefined : { id: found, rest: said.slice(all.length) }
}

/** `<= SENDER R=ID H=… P=… S=… id=… T="…" from <…> for RECIPIENT …` */
export function arrivalOf(rest: string) {
  const [, sender = '', parent, fields = '', size, tail = ''] = arrival.exec(rest) ?? []
  return {
    sender: sender === '<>' ? '' : sender,
    /** Of the message that a bounce or a warning is about. */
    parent,
    size: size === undefined ? undefined : Number(size),
    messageId: bracketed(messageId.exec(tail)?.[1]),
    /** Handed in by a filter: with a protocol of its own, and not by SMTP. */
    again: !fields.includes(' H=') && / P=(?!local )/.test(fields),
    /** All, where `received_recipients` is logged. */
    recipients: [...new Set(recipients.exec(tail)?.[1]?.match(recipient))]
  }
}

function bracketed(id: string | undefined): string | undefined {
  return id === undefined ? undefined : `<${id}>`
}

/** `=> TO (PARENT) <ORIGINAL> F=<…> P=<…> R=… T=… S=… H=NAME [ADDRESS]:PORT … C="REPLY"`, `== TO … defer (N): REPLY` */
export function deliveryOf(rest: string) {
  const [odd, bare = '', whole, local = ''] = oddDelivery.exec(rest) ?? []
  const isOdd = odd !== undefined && isUnquoted(bare, local)
  const [plain = '', to = '', original] = isOdd ? [odd, whole] : (delivery.exec(rest) ?? [])
  const fields = rest.slice(plain.length)
  const [passed = '', transport] = passage.exec(fields) ?? []
  const said = fields.slice(passed.length)
  const [, name = '', address = '', port = ''] = / H=(\S+) \[([^\]]*)\](:\d+)?/.exec(said) ?? []
  const words = said.indexOf(': ')
  return {
    to,
    original,
    transport,
    relay: name === '' ? '' : `${name}[${address}]${port}`,
    /** The last line of it. */
    reply: / C="((?:[^"\\]|\\.)*)"/.exec(said)?.[1]?.replace(/^.*\\n/, ''),
    error: words === -1 ? '' : said.slice(words + 2).replace(/ DT=\S+$/, '')
  }
}

function isUnquoted(bare: string, local: string): boolean {
  const name = local.slice(1, -1).replace(/\\(.)/g, '$1').toLowerCase()
  return bare.toLowerCase() === name || bare.toLowerCase().startsWith(`${name}@`)
}

/** `H=… F=<SENDER> RCPT <RECIPIENT>: discarded by RCPT ACL`, `H=… F=<SENDER> rejected RCPT <RECIPIENT>: …` */
export function refusalOf(said: string) {
  const [, sender, recipient, discarded] = refusal.exec(said) ?? []
  if (sender === undefined || recipient === undefined) return undefined
  return { action: discarded ? ('discard' as const) : ('reject' as const), sender, recipient }
}
