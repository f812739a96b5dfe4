import path from 'node:path'
import { Eta } from 'eta'
import type { Config } from '../config.ts'
import type { Language } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import type { Claimed } from './claim.ts'
import { Mold } from './mold.ts'

const views = path.join(import.meta.dirname, '../../views')
// Plain text: nothing is escaped.
const eta = new Eta({ views, cache: true, autoEscape: false, autoTrim: [false, 'nl'] })

const subjects = {
  ja: {
    affected: '【重要】メールが失われたことのお詫びとお知らせ',
    correction: '【重要】メール障害の調査結果の訂正',
    cleared: '【重要】メール障害の調査結果の訂正',
    report: 'メール障害に関するお知らせ（第{number}報）の訂正'
  },
  en: {
    affected: 'Important: mail to you was lost',
    correction: 'Important: correction of our notice about lost mail',
    cleared: 'Important: correction of our notice about lost mail',
    report: 'Correction of report {number} about the mail outage'
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

export type Composed = { envelope: { from: string; to: string }; message: string }

/**
 * A notice as it goes out: plain text, and the same in HTML; no link to log in, no picture, nothing that tells whether
 * it was read. Its Message-ID and return path are fixed by its token, however often it is tried.
 */
export function composeNotice(notice: Claimed, incident: NoticeIncident, sender: Sender): Composed {
  const { language, recipient, token } = notice
  const text = textOf(notice, incident, sender)
  const messageId = messageIdOf(token, sender.from)
  const html = htmlOf(text, language)
  const message = moldFor(sender, language, subjectOf(notice)).fill({ to: recipient, messageId, text, html })
  return { envelope: { from: returnPath(token, sender), to: recipient }, message }
}

const molds = new WeakMap<Sender, Map<string, Mold>>()

function subjectOf({ language, kind, report }: Claimed): string {
  return subjects[language][kind].replace('{number}', String(report?.number))
}

/** What all notices of a subject have: made once, filled in for each. */
function moldFor(sender: Sender, language: Language, subject: string): Mold {
  const known = molds.get(sender) ?? new Map<string, Mold>()
  molds.set(sender, known)
  const mold = known.get(subject) ?? new Mold(emptyNotice(sender, language, subject))
  known.set(subject, mold)
  return mold
}

function emptyNotice({ provider, from }: Sender, language: Language, subject: string) {
  return {
    ...{ from: { name: provider.name[language], address: from }, subject },
    headers: {
      // RFC 3834: no automatic answers; they would come by the ten thousand.
      'Auto-Submitted': 'auto-generated',
      // All but NDR: with “All” Exchange would not tell what it cannot deliver.
      'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply'
    }
  }
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
    ...{ notice, listed, more: addresses - listed.length, code: notice.code },
    affected: addresses - listed.filter(({ affected }) => !affected).length,
    incident: described(incident, language),
    provider: { ...provider, name: provider.name[language] },
    // A name to type, not a link to click on.
    site: new URL(origin).host,
    number: described(incident, language).number
  })
}

type Described = { title: string; span: string; zone: string; number: (value: number) => string }
const known = new WeakMap<NoticeIncident, Partial<Record<Language, Described>>>()

/** The same for all notices of a language: dates take longer to write than all the rest. */
function described(incident: NoticeIncident, language: Language): Described {
  const both = known.get(incident) ?? {}
  known.set(incident, both)
  both[language] ??= describe(incident, language)
  return both[language]
}

function describe(incident: NoticeIncident, language: Language): Described {
  const { span, zone, number } = formatsFor(language, incident.zone)
  const title = language === 'ja' ? incident.title_ja : incident.title_en
  return { title, span: span(incident.starts_at, incident.ends_at), zone, number }
}

function htmlOf(text: string, language: Language): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const paragraphs = escaped
    .split(/\n{2,}/)
    .filter(part => part.trim() !== '')
    .map(part => `<p>${part.trim().replaceAll('\n', '<br>\n')}</p>`)
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"></head><body>\n${paragraphs.join('\n')}\n</body></html>\n`
}
