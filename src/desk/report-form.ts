import { type Static, Type } from 'typebox'
import { longest, type Written } from '../reports/drafts.ts'
import { findUnknown } from '../reports/placeholders.ts'
import type { FieldError } from '../web/forms.ts'

/** More than a text may have, so that one that is too long comes back and is not cut. */
const Text = Type.String({ default: '', maxLength: 200_000 })

export const ReportForm = Type.Object({
  ...{ title_ja: Text, body_ja: Text, reason_ja: Text },
  ...{ title_en: Text, body_en: Text, reason_en: Text },
  /** Of the text that was there when the form was opened. */
  version: Type.String({ default: '0', pattern: '^[0-9]{1,9}$' }),
  do: Type.Optional(Type.Literal('preview'))
})

export type ReportValues = Static<typeof ReportForm>
export const textFields = ['title_ja', 'title_en', 'body_ja', 'body_en', 'reason_ja', 'reason_en'] as const

export const emptyReport: Written = {
  ...{ title_ja: '', title_en: '', body_ja: '', body_en: '', reason_ja: '', reason_en: '' }
}

/** What is typed, as it is kept: browsers send lines that end in CRLF. */
export function writtenIn(values: Pick<ReportValues, (typeof textFields)[number]>): Written {
  const written = { ...emptyReport }
  for (const field of textFields) {
    const text = values[field].replaceAll('\r\n', '\n').trimEnd()
    written[field] = field.startsWith('body') ? text : text.replaceAll(/\s+/g, ' ').trim()
  }
  return written
}

/** As much of it as could be saved: what Markdown takes grows with the square of some texts. */
export function cutShort(written: Written): Written {
  const cut = { ...written }
  for (const field of textFields) cut[field] = written[field].slice(0, mostOf(field))
  return cut
}

/** What keeps a text from being saved; each line of a placeholder that there is not. */
export function mistakesIn(written: Written): FieldError[] {
  return textFields.flatMap(field => {
    const [kind, most] = [kindOf(field), mostOf(field)]
    const long = { field, text: `errors.report_${kind}_long`, values: { most } }
    const unknown = kind === 'reason' ? [] : findUnknown(written[field])
    const errors = unknown.map(values => ({ field, text: `errors.report_unknown_${field}`, values }))
    return [...(written[field].length > most ? [long] : []), ...errors]
  })
}

function kindOf(field: (typeof textFields)[number]): keyof typeof longest {
  return field.split('_')[0] as keyof typeof longest
}

function mostOf(field: (typeof textFields)[number]): number {
  return longest[kindOf(field)]
}
