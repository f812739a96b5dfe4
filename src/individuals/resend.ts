import { canonicalEmail } from '../accounts/canonical.ts'
import type { Language } from '../database/tables.ts'
import type { LostMessage } from '../lost-messages/queries.ts'
import { formatsFor } from '../web/format.ts'
import { textsIn } from '../web/language.ts'

type Request = {
  message: LostMessage
  email: string
  zone: string
  provider: { ja: string; en: string }
}

/** Ready-made text that asks a sender to send again, in both languages, with a mailto link where there is a sender. */
export function resendTexts(request: Request) {
  return (['ja', 'en'] as const).map(language => resendText(request, language))
}

function resendText({ message, email, zone, provider }: Request, language: Language) {
  const t = textsIn(language)
  const format = formatsFor(language, zone)
  const values = {
    ...{ email, zone: format.zone, provider: provider[language] },
    day: format.day(message.received_at),
    time: format.time(message.received_at),
    sender: message.sender || '-',
    message_id: message.message_id ?? '-'
  }
  const subject = t('resend.subject', values)
  const body = t('resend.body', values)
  const to = canonicalEmail(message.sender ?? '')
  const mailto = to && `mailto:${encodeURIComponent(to)}?${query({ subject, body })}`
  return { language, heading: t('resend.heading'), subject, body, mailto }
}

/** As RFC 6068 wants it: spaces as %20, line breaks as %0D%0A. */
function query(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, text]) => `${name}=${encodeURIComponent(text.replaceAll('\n', '\r\n'))}`)
    .join('&')
}
