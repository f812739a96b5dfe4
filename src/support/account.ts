import { sql } from 'kysely'
import { record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { findThrottle } from '../sign-in/throttle.ts'
import { actorOf } from '../staff/attempt.ts'
import type { Act } from './acts.ts'
import { findAccount, findFreshLookUp, findRequest, listLogins, listLookUps, listNotes } from './queries.ts'
import { findRows } from './rows.ts'
import { findSealedVerdicts } from './verdicts.ts'

/**
 * All that an agent sees of an account, while they have a fresh look-up of it. That they see it is recorded first,
 * in the same transaction: where the audit cannot be written, nothing is read.
 * @returns undefined without a fresh look-up
 */
export function openAccount(db: Database, { staff, accountId }: Act) {
  return db.transaction().execute(async tx => {
    const lookUp = await findFreshLookUp(tx, { accountId, staffId: staff.id })
    if (!lookUp) return undefined
    // From here on nobody else can write to the audit, not even a login.
    await sql`set local statement_timeout = '2s'`.execute(tx)
    const { id: look_up, rows_by: by } = lookUp
    const seen = { actor: actorOf(staff), accountId }
    await record(tx, { ...seen, action: 'account seen', details: { look_up } })
    if (by) await record(tx, { ...seen, action: 'lost messages seen', details: { look_up, by } })
    const member = await findAccount(tx, accountId)
    return {
      lookUp,
      member,
      incidents: await findSealedVerdicts(tx, member),
      rows: by ? await findRows(tx, accountId) : undefined,
      request: await findRequest(tx, lookUp),
      logins: await listLogins(tx, accountId),
      throttle: await findThrottle(tx, member.login_id),
      lookUps: await listLookUps(tx, accountId),
      notes: await listNotes(tx, accountId)
    }
  })
}
