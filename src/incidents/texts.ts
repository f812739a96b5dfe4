import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type Actor, nameOf, record } from '../audit/record.ts'
import type { DatabaseTransaction, IncidentTexts } from '../database/tables.ts'
import { type Incident, lockForChange } from './queries.ts'

const fields = ['title_ja', 'title_en', 'unaffected_ja', 'unaffected_en'] as const

export function textsOf(from: IncidentTexts): IncidentTexts {
  const { title_ja, title_en, unaffected_ja, unaffected_en } = from
  return { title_ja, title_en, unaffected_ja, unaffected_en }
}

export type ProposedTexts = {
  by: string
  at: Date
  /** Those that differ. */
  changes: { field: (typeof fields)[number]; from: string; to: string }[]
  /** Of what somebody sees who agrees. */
  seen: string
}

/** Other texts that wait for a second person. */
export function proposedTexts(incident: Incident): ProposedTexts | undefined {
  const { proposed_texts: texts, texts_proposed_at: at, texts_proposed_by: by } = incident
  if (!texts || !at || by === null) return undefined
  const changes = fields
    .filter(field => texts[field] !== incident[field])
    .map(field => ({ field, from: incident[field], to: texts[field] }))
  const seen = createHash('sha256')
    .update(JSON.stringify([by, at, changes]))
    .digest('base64url')
  return { by, at, changes, seen }
}

type Proposing = { actor: Actor; texts: IncidentTexts }

/** Asks for a second person to change the texts; what waited before waits no longer. */
export async function proposeTexts(tx: DatabaseTransaction, incidentId: string, { actor, texts }: Proposing) {
  await lockForChange(tx, incidentId)
  await tx
    .updateTable('incidents')
    .set({
      proposed_texts: JSON.stringify(texts),
      texts_proposed_at: sql`now()`,
      texts_proposed_by: nameOf(actor)
    })
    .where('id', '=', incidentId)
    .execute()
  await record(tx, { actor, incidentId, action: 'incident texts proposed' })
}

/** The texts that were proposed are those of the incident from now on. */
export async function takeTexts(tx: DatabaseTransaction, incident: Incident, actor: Actor) {
  const texts = incident.proposed_texts ?? textsOf(incident)
  await tx
    .updateTable('incidents')
    .set({ ...texts, ...noProposal })
    .where('id', '=', incident.id)
    .execute()
  await record(tx, {
    actor,
    incidentId: incident.id,
    action: 'incident changed',
    details: { window: false, proposed_by: incident.texts_proposed_by }
  })
}

export async function refuseTexts(tx: DatabaseTransaction, incidentId: string, actor: Actor) {
  await tx.updateTable('incidents').set(noProposal).where('id', '=', incidentId).execute()
  await record(tx, { actor, incidentId, action: 'incident texts refused' })
}

const noProposal = { proposed_texts: null, texts_proposed_at: null, texts_proposed_by: null }
