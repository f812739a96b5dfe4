import { sql } from 'kysely'
import { nameOf, record } from '../audit/record.ts'
import type { DatabaseTransaction } from '../database/tables.ts'
import { type Doing, isScheduled, lockDraft, noProposal } from './drafts.ts'
import { lookAt } from './look.ts'
import type { Draft } from './queries.ts'

/** Asks for a second person to publish the text as it is, at a time or, without one, at once. */
export async function proposeReport(
  tx: DatabaseTransaction,
  { incidentId, id, actor, seen, at }: Doing & { seen: string; at: Date | null }
): Promise<'proposed' | 'moved' | 'unfit' | 'gone'> {
  await lockIncident(tx, incidentId)
  const draft = await lockDraft(tx, { incidentId, id })
  if (!draft || isScheduled(draft)) return 'gone'
  const now = await lookAt(tx, draft)
  if (now.seen !== seen) return 'moved'
  if (now.unfit.length > 0) return 'unfit'
  await tx
    .updateTable('report_drafts')
    .set({
      proposed_version: draft.version,
      proposed_for: at,
      proposed_at: sql`now()`,
      proposed_by: nameOf(actor)
    })
    .where('id', '=', id)
    .execute()
  await record(tx, { actor, incidentId, action: 'report proposed', details: { report: id, at: told(at) } })
  return 'proposed'
}

export type Publishing = Doing & {
  /** The fingerprint of what whoever publishes it has seen. */
  seen: string
  at: Date | null
  /** Who proposed it, where two people are needed. */
  proposedBy: string | null
}

export type Published = { outcome: 'published' | 'scheduled'; number: number; revision: number }

/**
 * Publishes the very text that somebody has seen, at once or at a time to come. The first time the report gets the
 * next number of its incident, for good.
 */
export async function publishReport(
  tx: DatabaseTransaction,
  { incidentId, id, actor, seen, at, proposedBy }: Publishing
): Promise<Published | { outcome: 'moved' | 'unfit' | 'gone' }> {
  await lockIncident(tx, incidentId)
  const draft = await lockDraft(tx, { incidentId, id })
  if (!draft || isScheduled(draft)) return { outcome: 'gone' }
  const now = await lookAt(tx, draft)
  if (now.seen !== seen) return { outcome: 'moved' }
  if (now.unfit.length > 0) return { outcome: 'unfit' }
  const number = draft.number ?? (await nextNumber(tx, incidentId))
  const revision = (now.published?.revision ?? 0) + 1
  const by = { proposed_by: proposedBy, approved_by: nameOf(actor) }
  const { published_at, scheduled } = await insertRevision(tx, draft, {
    ...{ revision, at: revision === 1 ? at : null },
    ...by
  })
  await settle(tx, id, number)
  const action = revision > 1 ? 'report corrected' : scheduled ? 'report scheduled' : 'report published'
  const details = scheduled
    ? { number, at: told(published_at) }
    : revision > 1
      ? { number, revision }
      : { number }
  await record(tx, { actor, incidentId, action, details })
  return { outcome: scheduled ? 'scheduled' : 'published', number, revision }
}

/** One at a time, so that no number is given twice. */
export async function lockIncident(tx: DatabaseTransaction, incidentId: string) {
  await tx.selectFrom('incidents').select('id').where('id', '=', incidentId).forNoKeyUpdate().execute()
}

async function nextNumber(tx: DatabaseTransaction, incidentId: string): Promise<number> {
  const { last } = await tx
    .selectFrom('report_drafts')
    .select(({ fn }) => fn.coalesce(fn.max('number'), sql<number>`0`).as('last'))
    .where('incident_id', '=', incidentId)
    .executeTakeFirstOrThrow()
  return last + 1
}

type NewRevision = { revision: number; at: Date | null; proposed_by: string | null; approved_by: string }

async function insertRevision(
  tx: DatabaseTransaction,
  draft: Draft,
  { at, ...revision }: NewRevision
): Promise<{ published_at: Date; scheduled: boolean }> {
  const { id, title_ja, title_en, body_ja, body_en } = draft
  const [reason_ja, reason_en] = revision.revision > 1 ? [draft.reason_ja, draft.reason_en] : ['', '']
  return (
    tx
      .insertInto('report_revisions')
      .values({
        ...{ report_id: id, title_ja, title_en, body_ja, body_en, reason_ja, reason_en, ...revision },
        published_at: at ?? sql<Date>`clock_timestamp()`
      })
      // By the clock that decides what visitors read.
      .returning(['published_at', sql<boolean>`published_at > clock_timestamp()`.as('scheduled')])
      .executeTakeFirstOrThrow()
  )
}

/** The number for good; nothing is proposed any more, and the next correction has reasons of its own. */
async function settle(tx: DatabaseTransaction, id: string, number: number) {
  await tx
    .updateTable('report_drafts')
    .set({ number, reason_ja: '', reason_en: '', ...noProposal })
    .where('id', '=', id)
    .execute()
}

function told(at: Date | null): string | null {
  return at && at.toISOString()
}
