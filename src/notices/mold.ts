import MailComposer from 'nodemailer/lib/mail-composer'
import MimeNode from 'nodemailer/lib/mime-node'

type Letter = ConstructorParameters<typeof MailComposer>[0]
type Filling = { to: string; messageId: string; text: string; html: string }

/** Of the headers those that each message has for itself. */
const own = /^(to|message-id|date|mime-version):/i

/**
 * What all messages of a kind have, made once by the library and filled in for each: its own way, a dozen streams for
 * each message, takes six times as long.
 */
export class Mold {
  readonly #fixed: string
  readonly #parts: string[]
  readonly #end: string
  readonly #own = new MimeNode()

  constructor(letter: Letter) {
    const blank = { text: ' ', html: ' ', textEncoding: 'B' as const, encoding: 'base64' }
    const message = new MailComposer({ ...letter, ...blank }).compile()
    this.#fixed = headersOf(message)
      .filter(header => !own.test(header))
      .join('\r\n')
    this.#parts = message.childNodes.map(part => `--${message.boundary}\r\n${part.buildHeaders()}\r\n\r\n`)
    this.#end = `--${message.boundary}--\r\n`
  }

  /** A whole message, of ASCII alone. */
  fill({ to, messageId, text, html }: Filling): string {
    this.#own.setHeader('To', to)
    this.#own.setHeader('Message-ID', messageId)
    this.#own.setHeader('Date', new Date().toUTCString().replace('GMT', '+0000'))
    const [plain, marked] = this.#parts
    const body = `${plain}${encoded(text)}\r\n${marked}${encoded(html)}\r\n${this.#end}`
    return `${this.#own.buildHeaders()}\r\n${this.#fixed}\r\n\r\n${body}`
  }
}

/** With the lines that they are folded into. */
function headersOf(message: MimeNode): string[] {
  return message.buildHeaders().split(/\r\n(?![ \t])/)
}

/** In lines of 76 characters; lines of text end in CRLF, also inside base64 (RFC 2045, 6.8). */
function encoded(text: string): string {
  const code = Buffer.from(text.replaceAll('\n', '\r\n')).toString('base64')
  let lines = code.slice(0, 76)
  for (let at = 76; at < code.length; at += 76) lines += `\r\n${code.slice(at, at + 76)}`
  return lines
}
