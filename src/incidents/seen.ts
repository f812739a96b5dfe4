import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { countActivity } from '../operations/activity.ts'

/** Selects whether the account `$1` has seen the verdicts of a scope `s`. */
export const seenColumn = `exists (select from seen_verdicts v
    where v.account_id = $1 and v.scope_id = s.id) as seen`

/**
 * Keeps that an affected account sees the verdicts of scopes for the first time. Nobody waits for it, and what fails
 * is tried again the next time they look.
 * @param scopeIds `null` for what is not the first time
 */
export function keepSeen(
  db: Database,
  log: { error: (error: unknown) => void },
  { accountId, scopeIds }: { accountId: string; scopeIds: (string | null)[] }
) {
  const unseen = scopeIds.filter(id => id !== null)
  if (unseen.length > 0) insertSeen(db, accountId, unseen).catch(error => log.error(error))
}

async function insertSeen(db: Database, accountId: string, scopeIds: string[]) {
  const { numAffectedRows = 0n } = await sql`
    insert into seen_verdicts (account_id, scope_id)
    select ${accountId}, unnest(${scopeIds}::bigint[])
    where set_config('synchronous_commit', 'off', true) is not null
    on conflict do nothing`.execute(db)
  for (let count = 0; count < numAffectedRows; count++) countActivity('verdict seen')
}
