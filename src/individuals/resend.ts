import { canonicalEmail } from '../accounts/canonical.ts'
import type { Language } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import type { LostMessage } from '../lost-messages/queries.ts'
import { textsIn } from '../web/language.ts'

type Request = {
  message: LostMessage
  email: string
  name: string
  zone: string
  provider: { ja: string; en: string }
}

/**
 * Ready-made text that asks a sender to send again, in both languages, the visitor's first, with a mailto
 * link where there is a sender.
 */
export function resendTexts(first: Language, request: Request) {
  const second = first === 'ja' ? 'en' : 'ja'
  return [resendText(request, first), resendText(request, second)]
}

function resendText({ message, email, name, zone, provider }: Request, language: Language) {
  const t = textsIn(language)
  const format = formatsFor(language, zone)
  const values = {
    ...{ email, name, zone: format.zone, provider: provider[language] },
    day: format.day(message.received_at),
    time: format.time(message.received_at),
    sender: message.sender || '-',
    message_id: message.message_id ?? '-'
  }
  const subject = t('resend.subject', values)
  const body = t('resend.body', values)
  const to = canonicalEmail(message.sender ?? '')
  const mailto = to && `mailto:${encodeURIComponent(to)}?${query({ subject, body })}`
  const subjectLine = t('resend.subject_line', { subject })
  return { language, heading: t('resend.heading'), subjectLine, body, mailto }
}

/** As RFC 6068 wants it: spaces as %20, line breaks as %0D%0A. */
function query(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, text]) => `${name}=${encodeURIComponent(text.replaceAll('\n', '\r\n'))}`)
    .join('&')
}
