import { sql } from 'kysely'
import { type Actor, nameOf, record } from '../audit/record.ts'
import type { DatabaseTransaction } from '../database/tables.ts'
import { figuresOf, lockForPublication } from './publish.ts'
import { listScopes, type Scope } from './queries.ts'

type Proposing = { incidentId: string; version: number; actor: Actor }

/**
 * Asks for a second person to publish a version.
 * @returns false when there is no such version to publish, or it is proposed already
 */
export async function proposeScope(
  tx: DatabaseTransaction,
  { incidentId, version, actor }: Proposing
): Promise<boolean> {
  await lockForPublication(tx, incidentId)
  const scope = (await listScopes(tx, incidentId)).find(known => known.version === version)
  if (!scope || !isPublishable(scope) || isProposed(scope)) return false
  await tx
    .updateTable('scopes')
    .set({ proposed_at: sql`now()`, proposed_by: nameOf(actor) })
    .where('id', '=', scope.id)
    .execute()
  const details = { version, ...figuresOf(scope) }
  await record(tx, { actor, incidentId, action: 'scope proposed', details })
  return true
}

/** The same for taking a version back, which may clear addresses as well. */
export async function proposeWithdrawal(
  tx: DatabaseTransaction,
  { incidentId, version, actor }: Proposing
): Promise<boolean> {
  await lockForPublication(tx, incidentId)
  const scope = (await listScopes(tx, incidentId)).find(known => known.version === version)
  if (scope?.state !== 'published' || isWithdrawalProposed(scope)) return false
  await tx
    .updateTable('scopes')
    .set({ withdrawal_proposed_at: sql`now()`, withdrawal_proposed_by: nameOf(actor) })
    .where('id', '=', scope.id)
    .execute()
  await record(tx, { actor, incidentId, action: 'scope withdrawal proposed', details: { version } })
  return true
}

export function isPublishable({ state }: Pick<Scope, 'state'>): boolean {
  return state === 'draft' || state === 'superseded'
}

/** Once published, a version has to be proposed anew before it is so again. */
export function isProposed({ proposed_at, published_at }: Scope): boolean {
  return proposed_at !== null && (published_at === null || proposed_at > published_at)
}

/** Only since it was published last. */
export function isWithdrawalProposed({ withdrawal_proposed_at: at, published_at }: Scope): boolean {
  return at !== null && (published_at === null || at > published_at)
}
