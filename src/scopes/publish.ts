import { sql } from 'kysely'
import type { DatabaseTransaction } from '../database/tables.ts'
import { setIncidentState } from '../incidents/queries.ts'
import { listScopes } from './queries.ts'

export type Publication =
  | { outcome: 'published'; incidentToo: boolean; replaced: number | undefined; handled: number }
  | { outcome: 'already' }
  | { outcome: 'clears'; cleared: number; replaced: number }
  | { outcome: 'refused'; versions: string[] }

type Publishing = {
  incidentId: string
  version: number
  by: string
  /** Publish although addresses that are affected now would be so no longer. */
  clear?: boolean
}

/**
 * Makes a version the one that verdicts are bound to; the former one is superseded. Lost messages that
 * members marked as handled stay marked. A version that is withdrawn or not there is refused, and one that
 * clears affected addresses unless that is wanted.
 */
export async function publishScope(
  tx: DatabaseTransaction,
  { incidentId, version, by, clear = false }: Publishing
): Promise<Publication> {
  const { state } = await lockIncident(tx, incidentId)
  const scopes = await listScopes(tx, incidentId)
  const scope = scopes.find(known => known.version === version)
  if (!scope || scope.state === 'withdrawn')
    return { outcome: 'refused', versions: scopes.map(known => `${known.version} (${known.state})`) }
  if (scope.state === 'published') return { outcome: 'already' }
  const former = scopes.find(known => known.state === 'published')
  const cleared = former && !clear ? await countCleared(tx, { from: former.id, to: scope.id }) : 0
  if (former && cleared > 0) return { outcome: 'clears', cleared, replaced: former.version }
  if (former) await supersede(tx, former.id)
  await publish(tx, scope.id, by)
  const handled = former ? await carryHandledOver(tx, { from: former.id, to: scope.id }) : 0
  if (state === 'draft') await setIncidentState(tx, incidentId, 'published')
  return { outcome: 'published', incidentToo: state === 'draft', replaced: former?.version, handled }
}

function lockIncident(tx: DatabaseTransaction, id: string) {
  return tx
    .selectFrom('incidents')
    .select('state')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
}

/** Addresses that are affected in one scope and not in the other. */
async function countCleared(tx: DatabaseTransaction, { from, to }: { from: string; to: string }) {
  const { rows } = await sql<{ cleared: number }>`
    select count(*)::int as cleared from affected_addresses former
    where scope_id = ${from} and not exists (
      select from affected_addresses f where f.scope_id = ${to} and f.email = former.email
    )`.execute(tx)
  return rows[0]?.cleared ?? 0
}

async function supersede(tx: DatabaseTransaction, id: string) {
  await tx.updateTable('scopes').set({ state: 'superseded' }).where('id', '=', id).execute()
}

async function publish(tx: DatabaseTransaction, id: string, by: string) {
  await tx
    .updateTable('scopes')
    .set({ state: 'published', published_at: sql`now()`, approved_by: by })
    .where('id', '=', id)
    .execute()
}

/**
 * The same message has the same account, address and time, and the same queue ID, or where one of the
 * two has none the same message ID, or where neither has any ID the same sender and size.
 * @returns how many marks were carried over
 */
async function carryHandledOver(tx: DatabaseTransaction, { from, to }: { from: string; to: string }) {
  const { numAffectedRows } = await sql`
    update lost_messages as lost set handled_at = former.handled_at
    from lost_messages as former
    where former.scope_id = ${from} and former.handled_at is not null
      and lost.scope_id = ${to} and lost.account_id = former.account_id
      and lost.email = former.email and lost.received_at = former.received_at
      and case
        when lost.queue_id is not null and former.queue_id is not null then lost.queue_id = former.queue_id
        when lost.message_id is not null and former.message_id is not null
          then lost.message_id = former.message_id
        else coalesce(lost.queue_id, lost.message_id, former.queue_id, former.message_id) is null
          and (lost.sender, lost.size) is not distinct from (former.sender, former.size)
      end`.execute(tx)
  return Number(numAffectedRows ?? 0)
}
