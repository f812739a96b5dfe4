import { sql } from 'kysely'

/**
 * A notice `n` that was not taken is planned again; not one of an earlier publication, which would tell what no longer
 * holds: another plan tells its reader. That a report was corrected holds under any publication.
 * @param why its answer meanwhile
 */
export function plannedAgain(why: string) {
  const holds = sql`(n.kind = 'report' or n.publication_id =
    (select max(id) from publications p where p.incident_id = n.incident_id))`
  return sql`state = case when ${holds} then 'planned' else 'cancelled' end,
    ended_at = case when ${holds} then null else now() end, due_at = now(), claimed_by = null,
    response = case when ${holds} then ${why} else 'superseded' end`
}
