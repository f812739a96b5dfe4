import { type Actor, nameOf } from '../audit/record.ts'
import type { Database, DatabaseTransaction } from '../database/tables.ts'
import { isChanged, lockDraft, type Written, writeText } from './drafts.ts'
import { lookAt, type Unfit } from './look.ts'
import { type Published, publishReport } from './publish.ts'
import { type Draft, findDraft, listRevisions } from './queries.ts'
import type { ReportText } from './rendered.ts'

/** Nothing of it is kept. */
export class Unpublishable extends Error {
  readonly unfit: Unfit[]
  constructor(unfit: Unfit[]) {
    super('This text cannot be published.')
    this.unfit = unfit
  }
}

type New = { incidentId: string; text: ReportText; at: Date | null; actor: Actor }

/** Writes and publishes a report in one step, as commands do. @throws Unpublishable */
export function addReport(db: Database, asked: New): Promise<Published> {
  return db.transaction().execute(tx => addReportIn(tx, asked))
}

/** The same in a transaction that does more. */
export async function addReportIn(
  tx: DatabaseTransaction,
  { incidentId, text, at, actor }: New
): Promise<Published> {
  const { id } = await tx
    .insertInto('report_drafts')
    .values({ incident_id: incidentId, ...text, changed_by: nameOf(actor) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return publishWritten(tx, await findDraft(tx, incidentId, id), { actor, at })
}

type Corrected = { incidentId: string; id: string; text: Written; actor: Actor }

/**
 * Puts another text in the place of a published one, unless somebody is writing one on the desk.
 * @throws Unpublishable
 */
export function correctReport(
  db: Database,
  { incidentId, id, text, actor }: Corrected
): Promise<Published | { outcome: 'written'; by: string }> {
  return db.transaction().execute(async tx => {
    const draft = await lockDraft(tx, { incidentId, id })
    const shown = (await listRevisions(tx, id)).at(-1)
    if (draft && shown && isChanged(draft, shown)) return { outcome: 'written', by: draft.changed_by }
    await writeText(tx, id, { text, by: nameOf(actor) })
    return publishWritten(tx, await findDraft(tx, incidentId, id), { actor, at: null })
  })
}

async function publishWritten(
  tx: DatabaseTransaction,
  draft: Draft | undefined,
  { actor, at }: { actor: Actor; at: Date | null }
): Promise<Published> {
  if (!draft) throw new Error('There is no such report.')
  const { seen, unfit } = await lookAt(tx, draft)
  if (unfit.length > 0) throw new Unpublishable(unfit)
  const { incident_id: incidentId, id } = draft
  const done = await publishReport(tx, { incidentId, id, actor, seen, at, proposedBy: null })
  if (done.outcome !== 'published' && done.outcome !== 'scheduled') throw new Error('The report changed.')
  return done
}
