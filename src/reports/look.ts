import type { Database } from '../database/tables.ts'
import { isChanged } from './drafts.ts'
import type { Facts } from './facts.ts'
import { findUnknown, missingIn, type Placeholder } from './placeholders.ts'
import { type Draft, findFactsOf, type KeptRevision, listRevisions } from './queries.ts'
import { fingerprintOf, type ReportText, renderReport } from './rendered.ts'

/** Why a text cannot be published as it is. */
export type Unfit =
  | { why: 'empty'; field: keyof ReportText }
  | { why: 'unknown'; field: keyof ReportText; line: number; name: string }
  | { why: 'missing'; names: Placeholder[] }
  | { why: 'reason' }
  | { why: 'same' }

export type Seen = {
  draft: Draft
  /** What visitors read of it now, or will when it is due. */
  published: KeptRevision | undefined
  rendered: ReturnType<typeof renderReport>
  /** Of the words as they read now. */
  seen: string
  unfit: Unfit[]
}

/** What somebody would publish now: the very words, and what speaks against it. */
export async function lookAt(db: Database, draft: Draft): Promise<Seen> {
  const facts = await findFactsOf(db, draft.incident_id)
  const published = (await listRevisions(db, draft.id)).at(-1)
  const rendered = renderReport(draft, facts)
  const { reason_ja, reason_en, version, proposed_for } = draft
  const seen = fingerprintOf(rendered, reason_ja, reason_en, String(version), String(proposed_for?.getTime()))
  return { draft, published, rendered, seen, unfit: unfitnessOf(draft, published, facts) }
}

const fields = ['title_ja', 'body_ja', 'title_en', 'body_en'] as const

function unfitnessOf(draft: Draft, published: KeptRevision | undefined, facts: Facts): Unfit[] {
  const texts = fields.map(field => ({ field, text: draft[field] }))
  const missing = new Set(texts.flatMap(({ text }) => missingIn(text, facts)))
  const correction = published !== undefined
  return [
    ...texts.filter(({ text }) => text.trim() === '').map(({ field }) => ({ why: 'empty' as const, field })),
    ...texts.flatMap(({ field, text }) =>
      findUnknown(text).map(unknown => ({ why: 'unknown' as const, field, ...unknown }))
    ),
    ...(missing.size > 0 ? [{ why: 'missing' as const, names: [...missing] }] : []),
    ...(correction && !isChanged(draft, published) ? [{ why: 'same' as const }] : []),
    ...(correction && (draft.reason_ja.trim() === '' || draft.reason_en.trim() === '')
      ? [{ why: 'reason' as const }]
      : [])
  ]
}
