import { sql } from 'kysely'
import type { DatabaseTransaction } from '../database/tables.ts'

/**
 * Whether a notice `n` tells what holds now: it is of the latest publication. That a report was corrected holds under
 * any.
 */
export const holds = sql`(n.kind = 'report' or n.publication_id =
  (select max(id) from publications p where p.incident_id = n.incident_id))`

/**
 * A notice `n` that was not taken is planned again; one of an earlier publication is cancelled: another plan tells its
 * reader.
 * @param why its answer meanwhile
 */
export function plannedAgain(why: string | null) {
  return sql`state = case when ${holds} then 'planned' else 'cancelled' end,
    ended_at = case when ${holds} then null else now() end, claimed_by = null,
    response = case when ${holds} then ${why} else 'superseded' end`
}

/** Cancels what is planned for an earlier publication. @returns how many notices that are */
export async function cancelSuperseded(tx: DatabaseTransaction, incidentId: string): Promise<number> {
  const { numAffectedRows } = await sql`
    update notices n set state = 'cancelled', response = 'superseded', ended_at = now()
    where incident_id = ${incidentId} and state = 'planned' and not ${holds}`.execute(tx)
  return Number(numAffectedRows)
}
