import path from 'node:path'
import { Eta } from 'eta'
import * as base64 from 'nodemailer/lib/base64'
import MailComposer from 'nodemailer/lib/mail-composer'
import type MimeNode from 'nodemailer/lib/mime-node'
import type { Config } from '../config.ts'
import type { Language, NoticeKind } from '../database/tables.ts'
import { formatsFor } from '../web/format.ts'
import type { Claimed } from './claim.ts'

const views = path.join(import.meta.dirname, '../../views')
// Plain text: nothing is escaped.
const eta = new Eta({ views, cache: true, autoEscape: false, autoTrim: [false, 'nl'] })

const subjects = {
  ja: {
    affected: '【重要】メールが失われたことのお詫びとお知らせ',
    correction: '【重要】メール障害の調査結果の訂正',
    cleared: '【重要】メール障害の調査結果の訂正',
    report: 'メール障害に関するお知らせの訂正'
  },
  en: {
    affected: 'Important: mail to you was lost',
    correction: 'Important: correction of our notice about lost mail',
    cleared: 'Important: correction of our notice about lost mail',
    report: 'Correction of our report about the mail outage'
  }
} as const

export type NoticeIncident = {
  title_ja: string
  title_en: string
  starts_at: Date
  ends_at: Date
  zone: string
}

export type Sender = Pick<Config, 'origin' | 'provider'> & {
  /** `From:` of the notices. */
  from: string
  /** Where bounces go, `bounce@mypage.example.jp`; each notice has a return path of its own made of it. */
  bounceAddress: string
}

export type Composed = { envelope: { from: string; to: string }; messageId: string; bytes: Buffer }

/**
 * A notice as it goes out: plain text, and the same in HTML; no link to log in, no picture, nothing that tells whether
 * it was read. Its Message-ID and return path are fixed by its token, however often it is tried.
 */
export function composeNotice(notice: Claimed, incident: NoticeIncident, sender: Sender): Composed {
  const { language, kind, recipient, token } = notice
  const text = textOf(notice, incident, sender)
  const messageId = messageIdOf(token, sender.from)
  const message = moldFor(sender, language, kind)
  message.setHeader('To', recipient)
  message.setHeader('Message-ID', messageId)
  message.setHeader('Date', new Date().toUTCString().replace('GMT', '+0000'))
  const [plain, html] = message.childNodes
  plain?.setContent(text)
  html?.setContent(htmlOf(text, language))
  return { envelope: { from: returnPath(token, sender), to: recipient }, messageId, bytes: build(message) }
}

const molds = new WeakMap<Sender, Map<string, MimeNode>>()

/** What all notices of a kind and language have: made once, filled in for each. */
function moldFor(sender: Sender, language: Language, kind: NoticeKind): MimeNode {
  const known = molds.get(sender) ?? new Map<string, MimeNode>()
  molds.set(sender, known)
  const key = `${language} ${kind}`
  const mold = known.get(key) ?? new MailComposer(emptyNotice(sender, language, kind)).compile()
  known.set(key, mold)
  return mold
}

function emptyNotice({ provider, from }: Sender, language: Language, kind: NoticeKind) {
  return {
    ...{ from: { name: provider.name[language], address: from }, subject: subjects[language][kind] },
    ...{ text: ' ', html: ' ', textEncoding: 'B' as const, encoding: 'base64' },
    headers: {
      // RFC 3834: no automatic answers; they would come by the ten thousand.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All'
    }
  }
}

/** All at once: the library's own way, a dozen streams for each message, takes three times as long. */
function build(message: MimeNode): Buffer {
  const top = message.buildHeaders()
  const parts = message.childNodes.map(
    part => `--${message.boundary}\r\n${part.buildHeaders()}\r\n\r\n${encoded(part)}\r\n`
  )
  return Buffer.from(`${top}\r\n\r\n${parts.join('')}--${message.boundary}--\r\n`)
}

function encoded({ content }: MimeNode): string {
  if (typeof content !== 'string') throw new Error('A notice has parts of text alone.')
  // Lines of text end in CRLF, also inside base64 (RFC 2045, 6.8).
  return base64.wrap(base64.encode(content.replaceAll('\n', '\r\n')))
}

/** What a reader compares with the portal: eight characters in two groups. */
function codeOf(token: string): string {
  const code = token.replaceAll('-', '').slice(0, 8).toUpperCase()
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

function messageIdOf(token: string, from: string): string {
  return `<${token}@${from.slice(from.lastIndexOf('@') + 1)}>`
}

/** Variable envelope return path: a bounce comes back with the token of its notice. */
function returnPath(token: string, { bounceAddress }: Sender): string {
  const at = bounceAddress.lastIndexOf('@')
  return `${bounceAddress.slice(0, at)}+${token.replaceAll('-', '')}${bounceAddress.slice(at)}`
}

/** The plain text of a notice. */
export function textOf(
  notice: Claimed,
  incident: NoticeIncident,
  { origin, provider }: Pick<Sender, 'origin' | 'provider'>
): string {
  const { language, listed, addresses } = notice
  return eta.render(`mail/notice-${language}`, {
    ...{ notice, listed, more: addresses - listed.length, code: codeOf(notice.token) },
    affected: addresses - listed.filter(({ affected }) => !affected).length,
    incident: described(incident, language),
    provider: { ...provider, name: provider.name[language] },
    // A name to type, not a link to click on.
    site: new URL(origin).host,
    number: formatsFor(language, incident.zone).number
  })
}

type Described = { title: string; span: string; zone: string }
const known = new WeakMap<NoticeIncident, Partial<Record<Language, Described>>>()

/** The same for all notices of a language: dates take longer to write than all the rest. */
function described(incident: NoticeIncident, language: Language): Described {
  const both = known.get(incident) ?? {}
  known.set(incident, both)
  const { span, zone } = formatsFor(language, incident.zone)
  both[language] ??= {
    title: language === 'ja' ? incident.title_ja : incident.title_en,
    span: span(incident.starts_at, incident.ends_at),
    zone
  }
  return both[language]
}

function htmlOf(text: string, language: Language): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const paragraphs = escaped
    .split(/\n{2,}/)
    .filter(part => part.trim() !== '')
    .map(part => `<p>${part.trim().replaceAll('\n', '<br>\n')}</p>`)
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"></head><body>\n${paragraphs.join('\n')}\n</body></html>\n`
}
