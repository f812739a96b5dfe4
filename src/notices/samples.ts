import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'
import { type Claimed, describeNotices } from './claim.ts'
import { type Plan, planNotices } from './plan.ts'

export type Foreseen = {
  plan: Plan
  /** One new notice of each kind, language and kind of account. */
  samples: Claimed[]
}

/** Undoes what a dry run did. */
class Undone extends Error {}

/** What a plan would be, with samples; nothing of it stays. @returns undefined when nothing was published yet */
export async function foreseePlan(db: Database, incidentId: string): Promise<Foreseen | undefined> {
  let foreseen: Foreseen | undefined
  try {
    await db.transaction().execute(async tx => {
      const plan = await planNotices(tx, incidentId)
      if (plan) foreseen = { plan, samples: await pickSamples(tx, incidentId) }
      throw new Undone()
    })
  } catch (error) {
    if (!(error instanceof Undone)) throw error
  }
  return foreseen
}

/** From the plan that was just made in this transaction. */
async function pickSamples(tx: DatabaseTransaction, incidentId: string): Promise<Claimed[]> {
  const { rows } = await sql<{ account_id: string; id: string }>`
    select distinct on (kind, account_kind, language) account_id, id from new_notices
    where recipient is not null order by kind, account_kind, language, account_id`.execute(tx)
  return describeNotices(tx, incidentId, rows)
}
