import type { Actor } from '../audit/record.ts'
import { nameOf } from '../audit/record.ts'
import type { Config } from '../config.ts'
import type { Database, DatabaseTransaction } from '../database/tables.ts'
import { countOthers, foreseeChanges, type Replacement } from '../scopes/changes.ts'
import { isProposed, isPublishable, isWithdrawalProposed } from '../scopes/propose.ts'
import { countCleared, lockForPublication, publishScope } from '../scopes/publish.ts'
import { listScopes, type Scope } from '../scopes/queries.ts'
import { replacementOf, withdrawScope } from '../scopes/withdraw.ts'
import { enrolledEachOther } from '../staff/queries.ts'
import { countOperators } from './queries.ts'

/** Whether a scope is published by two people: one proposes it, another one agrees. */
export async function needsTwo(db: Database, { fourEyes }: Config): Promise<boolean> {
  return fourEyes === 'auto' ? (await countOperators(db)) >= 2 : fourEyes === 'on'
}

/** Whose verdict would change, if one scope took another's place now. */
export function foresee(longDb: Database, { from, to }: Replacement) {
  return longDb.transaction().execute(async tx => ({
    ...(await foreseeChanges(tx, { from, to })),
    others_count: await countOthers(tx, { from, to }),
    cleared: from && to ? await countCleared(tx, { from: from.id, to: to.id }) : 0
  }))
}

export type Approving = {
  incidentId: string
  version: number
  actor: Actor
  /** Two people are needed. */
  two: boolean
  /** The version that was published when the approver saw what would change; 0 for none. */
  against: number
  clear: boolean
}

export type Refused = 'gone' | 'not_proposed' | 'own_proposal' | 'same_enrolment' | 'moved' | 'clears'

/** Publishes what somebody has looked at, if that is still what would happen. */
export async function approve(tx: DatabaseTransaction, asked: Approving): Promise<'published' | Refused> {
  const { incidentId, version, actor, two, against, clear } = asked
  await lockForPublication(tx, incidentId)
  const scopes = await listScopes(tx, incidentId)
  const scope = scopes.find(known => known.version === version)
  if (!scope || !isPublishable(scope)) return 'gone'
  const refused = two ? await refusalOf(tx, isProposed(scope) ? scope.proposed_by : null, actor) : undefined
  if (refused) return refused
  if (against !== (scopes.find(({ state }) => state === 'published')?.version ?? 0)) return 'moved'
  const { outcome } = await publishScope(tx, { incidentId, version, actor, clear })
  return outcome === 'published' ? outcome : outcome === 'clears' ? 'clears' : 'gone'
}

export type Withdrawing = Omit<Approving, 'against'>

/**
 * Withdraws what somebody has looked at. Where it takes “affected” away from addresses it needs a tick, and the second
 * person that a publication needs; what leads to “not yet determined” one may do alone, at once.
 */
export async function takeBack(tx: DatabaseTransaction, asked: Withdrawing): Promise<'withdrawn' | Refused> {
  const { incidentId, version, actor, two, clear } = asked
  await lockForPublication(tx, incidentId)
  const scopes = await listScopes(tx, incidentId)
  const scope = scopes.find(known => known.version === version)
  if (!scope || scope.state === 'withdrawn') return 'gone'
  if ((await countClearedBy(tx, scopes, scope)) > 0) {
    const by = isWithdrawalProposed(scope) ? scope.withdrawal_proposed_by : null
    const refused = two ? await refusalOf(tx, by, actor) : undefined
    if (refused) return refused
    if (!clear) return 'clears'
  }
  await withdrawScope(tx, { incidentId, version, actor, sure: true })
  return 'withdrawn'
}

async function countClearedBy(tx: DatabaseTransaction, scopes: Scope[], scope: Scope): Promise<number> {
  const { from, to } = replacementOf(scopes, scope) ?? {}
  return from && to ? countCleared(tx, { from: from.id, to: to.id }) : 0
}

/** Why somebody may not agree to what another one proposed. */
export async function refusalOf(
  db: Database,
  proposedBy: string | null,
  actor: Actor
): Promise<'not_proposed' | 'own_proposal' | 'same_enrolment' | undefined> {
  if (proposedBy === null) return 'not_proposed'
  if (proposedBy === nameOf(actor)) return 'own_proposal'
  return (await enrolledEachOther(db, proposedBy, nameOf(actor))) ? 'same_enrolment' : undefined
}
