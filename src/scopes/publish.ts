import { sql } from 'kysely'
import { type Actor, nameOf, record } from '../audit/record.ts'
import type { AuditDetails, DatabaseTransaction } from '../database/tables.ts'
import { setIncidentState } from '../incidents/queries.ts'
import { type Changes, recordPublication } from './changes.ts'
import { carryHandledOver } from './handled.ts'
import { listScopes, type Scope } from './queries.ts'
import { describeVersions } from './versions.ts'

export type Publication =
  | {
      outcome: 'published'
      incidentToo: boolean
      replaced: number | undefined
      handled: number
      changes: Changes
    }
  | { outcome: 'already' }
  | { outcome: 'clears'; cleared: number; replaced: number }
  | { outcome: 'refused'; versions: string }

type Publishing = {
  incidentId: string
  version: number
  actor: Actor
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
  { incidentId, version, actor, clear = false }: Publishing
): Promise<Publication> {
  const { state } = await lockForPublication(tx, incidentId)
  const scopes = await listScopes(tx, incidentId)
  const scope = scopes.find(known => known.version === version)
  if (!scope || scope.state === 'withdrawn') return { outcome: 'refused', versions: describeVersions(scopes) }
  if (scope.state === 'published') return { outcome: 'already' }
  const former = scopes.find(known => known.state === 'published')
  const cleared = former && !clear ? await countCleared(tx, { from: former.id, to: scope.id }) : 0
  if (former && cleared > 0) return { outcome: 'clears', cleared, replaced: former.version }
  if (former) await supersede(tx, former.id)
  const by = nameOf(actor)
  await bindVerdicts(tx, scope.id, by)
  const changes = await recordPublication(tx, { from: former, to: scope, incidentId, by })
  // Members may have marked messages of a scope that is withdrawn by now.
  const last = former ?? lastPublished(scopes)
  const handled = last ? await carryHandledOver(tx, { from: last.id, to: scope.id }) : 0
  if (state === 'draft') {
    await setIncidentState(tx, incidentId, 'published')
    await record(tx, { actor, incidentId, action: 'incident published' })
  }
  const details = { version, replaced: former?.version ?? null, ...figuresOf(scope), ...countsOf(changes) }
  await record(tx, { actor, incidentId, action: 'scope published', details })
  return { outcome: 'published', incidentToo: state === 'draft', replaced: former?.version, handled, changes }
}

/** One load, publication or withdrawal at a time for an incident, however long it takes, on one core. */
export async function lockForPublication(tx: DatabaseTransaction, incidentId: string) {
  await sql`set local statement_timeout = 0`.execute(tx)
  await sql`set local work_mem = '128MB'`.execute(tx)
  await sql`set local max_parallel_workers_per_gather = 0`.execute(tx)
  return tx
    .selectFrom('incidents')
    .select('state')
    .where('id', '=', incidentId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
}

/** Of the scopes the one to which verdicts were bound last. */
export function lastPublished(scopes: Scope[]): Scope | undefined {
  return scopes
    .filter(({ published_at }) => published_at !== null)
    .sort((one, other) => Number(other.published_at) - Number(one.published_at))[0]
}

/** Addresses that are affected in one scope and not in the other. */
export async function countCleared(tx: DatabaseTransaction, { from, to }: { from: string; to: string }) {
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

/** For the audit. */
export function figuresOf({ totals: { affected_addresses, lost_messages } }: Pick<Scope, 'totals'>) {
  return { affected_addresses, lost_messages }
}

/** For the audit: how many verdicts changed, such as `affected to not_affected`. */
export function countsOf({ counts }: Changes): AuditDetails {
  return Object.fromEntries(
    counts.map(({ from_verdict, to_verdict, addresses }) => [`${from_verdict} to ${to_verdict}`, addresses])
  )
}

export async function bindVerdicts(tx: DatabaseTransaction, id: string, by: string) {
  await tx
    .updateTable('scopes')
    .set({ state: 'published', published_at: sql`now()`, approved_by: by })
    .where('id', '=', id)
    .execute()
}
