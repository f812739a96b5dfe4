import { sql } from 'kysely'
import { type Actor, nameOf, record } from '../audit/record.ts'
import type { Database, DatabaseTransaction } from '../database/tables.ts'
import { type Draft, findDraft, listRevisions } from './queries.ts'
import type { ReportText } from './rendered.ts'

export const longest = { title: 200, body: 30_000, reason: 500 }

/** A text as it is written; the reasons are those of a correction. */
export type Written = ReportText & { reason_ja: string; reason_en: string }

type Place = { incidentId: string; id: string }
export type Doing = Place & { actor: Actor }
export type State = 'draft' | 'proposed' | 'scheduled' | 'published' | 'changed' | 'correction proposed'

/** Where a report stands; `changed` is published, with a text that is not published yet. */
export function stateOf(draft: Draft, published: Written | undefined): State {
  if (isScheduled(draft)) return 'scheduled'
  const changed = !published || isChanged(draft, published)
  if (draft.visible) return !changed ? 'published' : isProposed(draft) ? 'correction proposed' : 'changed'
  return isProposed(draft) ? 'proposed' : 'draft'
}

/** It has its number, and its time is still to come. */
export function isScheduled({ published_at, visible }: Draft): boolean {
  return published_at !== null && !visible
}

/** A proposal is for the text as it was then. */
export function isProposed({ proposed_version, version }: Draft): boolean {
  return proposed_version === version
}

/** Whether the text that is written differs from another one; a reason alone is no change. */
export function isChanged(written: ReportText, other: ReportText): boolean {
  return (['title_ja', 'title_en', 'body_ja', 'body_en'] as const).some(
    field => written[field] !== other[field]
  )
}

export const noProposal = {
  proposed_version: null,
  proposed_for: null,
  proposed_at: null,
  proposed_by: null
}

function isSame(one: Written, other: Written): boolean {
  return !isChanged(one, other) && one.reason_ja === other.reason_ja && one.reason_en === other.reason_en
}

/** @returns the id of the new draft */
export function createDraft(
  db: Database,
  actor: Actor,
  { incidentId, text }: { incidentId: string; text: Written }
) {
  return db.transaction().execute(async tx => {
    const { id } = await tx
      .insertInto('report_drafts')
      .values({ incident_id: incidentId, ...text, changed_by: nameOf(actor) })
      .returning('id')
      .executeTakeFirstOrThrow()
    await record(tx, { actor, incidentId, action: 'report drafted', details: { report: id } })
    return id
  })
}

/**
 * Keeps a text in place of the version that somebody began with. What is scheduled is taken back first.
 * @returns `moved` when another text was kept meanwhile
 */
export function saveDraft(
  db: Database,
  actor: Actor,
  { incidentId, id, version, text }: Place & { version: number; text: Written }
): Promise<'saved' | 'moved' | 'scheduled' | 'gone'> {
  return db.transaction().execute(async tx => {
    const draft = await lockDraft(tx, { incidentId, id })
    if (!draft) return 'gone'
    if (draft.version !== version) return 'moved'
    if (isScheduled(draft)) return 'scheduled'
    if (isSame(draft, text)) return 'saved'
    await writeText(tx, id, { text, by: nameOf(actor) })
    await record(tx, { actor, incidentId, action: 'report edited', details: { report: id } })
    return 'saved'
  })
}

/** Only what never had a number goes for good. */
export function deleteDraft(db: Database, { incidentId, id, actor }: Doing): Promise<boolean> {
  return db.transaction().execute(async tx => {
    const { numDeletedRows } = await tx
      .deleteFrom('report_drafts')
      .where('incident_id', '=', incidentId)
      .where('id', '=', id)
      .where('number', 'is', null)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return false
    await record(tx, { actor, incidentId, action: 'report deleted', details: { report: id } })
    return true
  })
}

/** Gives up a correction, if there is one: the text is again what visitors read. */
export function discardChanges(db: Database, { incidentId, id, actor }: Doing): Promise<boolean> {
  return db.transaction().execute(async tx => {
    const draft = await lockDraft(tx, { incidentId, id })
    const shown = draft?.visible ? (await listRevisions(tx, id)).at(-1) : undefined
    if (!draft || !shown) return false
    const { title_ja, title_en, body_ja, body_en } = shown
    const text = { title_ja, title_en, body_ja, body_en, reason_ja: '', reason_en: '' }
    if (isSame(draft, text)) return false
    await writeText(tx, id, { text, by: nameOf(actor) })
    await record(tx, { actor, incidentId, action: 'report changes discarded', details: { report: id } })
    return true
  })
}

/** The report as it stays until the transaction ends. */
export async function lockDraft(
  tx: DatabaseTransaction,
  { incidentId, id }: Place
): Promise<Draft | undefined> {
  await tx.selectFrom('report_drafts').select('id').where('id', '=', id).forUpdate().execute()
  return findDraft(tx, incidentId, id)
}

export async function writeText(
  tx: DatabaseTransaction,
  id: string,
  { text, by }: { text: Written; by: string }
) {
  await tx
    .updateTable('report_drafts')
    .set({ ...text, version: sql`version + 1`, changed_at: sql`now()`, changed_by: by })
    .set(noProposal)
    .where('id', '=', id)
    .execute()
}
