import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'
import { type Claimed, describeNotices } from './claim.ts'
import { type Plan, planNotices } from './plan.ts'

export type Foreseen = {
  plan: Plan
  /** One new notice of each kind, language and kind of account. */
  samples: Claimed[]
}

/** What a plan would be, with samples; nothing of it stays. @returns undefined when nothing was published yet */
export function foreseePlan(db: Database, incidentId: string): Promise<Foreseen | undefined> {
  return undone(db, async tx => {
    const plan = await planNotices(tx, incidentId)
    return plan && { plan, samples: await pickSamples(tx, incidentId) }
  })
}

/** Carries what a dry run found out of its transaction, which it undoes. */
class Undone<T> extends Error {
  readonly found: T
  constructor(found: T) {
    super('This was a dry run.')
    this.found = found
  }
}

/** What some work finds, without anything that it writes. */
export async function undone<T>(db: Database, work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
  try {
    return await db.transaction().execute(async tx => {
      throw new Undone(await work(tx))
    })
  } catch (error) {
    if (error instanceof Undone) return error.found as T
    throw error
  }
}

/** From the plan that was just made in this transaction. */
async function pickSamples(tx: DatabaseTransaction, incidentId: string): Promise<Claimed[]> {
  const { rows } = await sql<{ account_id: string; id: string }>`
    select distinct on (kind, account_kind, language) account_id, id from new_notices
    where recipient is not null order by kind, account_kind, language, account_id`.execute(tx)
  return describeNotices(tx, incidentId, rows)
}
