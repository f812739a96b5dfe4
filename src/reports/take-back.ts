import { sql } from 'kysely'
import { record } from '../audit/record.ts'
import type { DatabaseTransaction } from '../database/tables.ts'
import { type Doing, isProposed, isScheduled, lockDraft, noProposal } from './drafts.ts'

/** Back to a draft: a proposal is taken back, or what is scheduled; nobody has read it. */
export async function takeBack(tx: DatabaseTransaction, doing: Doing) {
  const draft = await lockDraft(tx, doing)
  if (!draft) return
  if (isScheduled(draft)) await cancelSchedule(tx, doing, draft.number)
  else if (isProposed(draft)) await forgetProposal(tx, doing)
}

/** Its time may have come while the report was waited for: then it stays. */
async function cancelSchedule(
  tx: DatabaseTransaction,
  { incidentId, id, actor }: Doing,
  number: number | null
) {
  const { numDeletedRows } = await tx
    .deleteFrom('report_revisions')
    .where('report_id', '=', id)
    .where('published_at', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  if (numDeletedRows === 0n) return
  await record(tx, { actor, incidentId, action: 'report schedule cancelled', details: { number } })
}

async function forgetProposal(tx: DatabaseTransaction, { incidentId, id, actor }: Doing) {
  await tx.updateTable('report_drafts').set(noProposal).where('id', '=', id).execute()
  await record(tx, { actor, incidentId, action: 'report proposal taken back', details: { report: id } })
}
