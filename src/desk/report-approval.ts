import type { DatabaseTransaction } from '../database/tables.ts'
import { isProposed, lockDraft } from '../reports/drafts.ts'
import { lockIncident, type Published, type Publishing, publishReport } from '../reports/publish.ts'
import { refusalOf } from './publication.ts'

export type Approving = Omit<Publishing, 'proposedBy'> & {
  /** Two people are needed: then the time is the one that was proposed. */
  two: boolean
}

export type NotPublished = 'gone' | 'moved' | 'unfit' | 'not_proposed' | 'own_proposal' | 'same_enrolment'

/** Publishes the very text that somebody has looked at, where another one proposed it if two are needed. */
export async function approveReport(
  tx: DatabaseTransaction,
  { two, ...asked }: Approving
): Promise<Published | { outcome: NotPublished }> {
  await lockIncident(tx, asked.incidentId)
  const draft = await lockDraft(tx, asked)
  if (!draft) return { outcome: 'gone' }
  if (!two) return publishReport(tx, { ...asked, proposedBy: null })
  const proposedBy = isProposed(draft) ? draft.proposed_by : null
  const refused = await refusalOf(tx, proposedBy, asked.actor)
  if (refused) return { outcome: refused }
  // Who agrees after that time agrees to publish it at once.
  const due = draft.proposed_for && draft.proposed_for > new Date() ? draft.proposed_for : null
  return publishReport(tx, { ...asked, at: due, proposedBy })
}
