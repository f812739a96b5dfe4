import { sql } from 'kysely'
import { type Actor, nameOf, record } from '../audit/record.ts'
import type { DatabaseTransaction } from '../database/tables.ts'
import { type Changes, countChanges, type Replacement, recordPublication } from './changes.ts'
import { carryHandledOver } from './handled.ts'
import { bindVerdicts, countsOf, figuresOf, lastPublished, lockForPublication } from './publish.ts'
import { listScopes, type Scope } from './queries.ts'

export type Withdrawal =
  | {
      outcome: 'withdrawn' | 'to confirm'
      /** The version that verdicts are bound to again. */
      putBack: number | undefined
      /** `undefined` when no verdict was bound to the version. */
      changes: Changes | undefined
    }
  | { outcome: 'already' }

type Withdrawing = {
  incidentId: string
  version: number
  actor: Actor
  /** Without it nothing changes. */
  sure: boolean
}

/**
 * Withdraws a version for good. If it is the published one, the version that was so before takes its place
 * again, or none. What members marked as handled stays marked.
 */
export async function withdrawScope(
  tx: DatabaseTransaction,
  { incidentId, version, actor, sure }: Withdrawing
): Promise<Withdrawal> {
  await lockForPublication(tx, incidentId)
  const scopes = await listScopes(tx, incidentId)
  const scope = scopes.find(known => known.version === version)
  if (!scope) throw new Error(`There is no version ${version}.`)
  if (scope.state === 'withdrawn') return { outcome: 'already' }
  const replacement = replacementOf(scopes, scope)
  const back = replacement?.to
  const putBack = back?.version
  if (!sure) {
    const changes = replacement && (await countChanges(tx, replacement))
    return { outcome: 'to confirm', putBack, changes }
  }
  const by = nameOf(actor)
  await withdraw(tx, scope.id, by)
  if (back) {
    await bindVerdicts(tx, back.id, by)
    await carryHandledOver(tx, { from: scope.id, to: back.id })
  }
  const changes = replacement && (await recordPublication(tx, { ...replacement, incidentId, by }))
  const counts = changes ? countsOf(changes) : {}
  const details = { version, put_back: putBack ?? null, ...figuresOf(scope), ...counts }
  await record(tx, { actor, incidentId, action: 'scope withdrawn', details })
  return { outcome: 'withdrawn', putBack, changes }
}

/** What takes the place of a version that is withdrawn; undefined when no verdict is bound to it. */
export function replacementOf(scopes: Scope[], scope: Scope): Replacement | undefined {
  if (scope.state !== 'published') return undefined
  return { from: scope, to: lastPublished(scopes.filter(({ state }) => state === 'superseded')) }
}

async function withdraw(tx: DatabaseTransaction, id: string, by: string) {
  await tx
    .updateTable('scopes')
    .set({ state: 'withdrawn', withdrawn_at: sql`now()`, withdrawn_by: by })
    .where('id', '=', id)
    .execute()
}
