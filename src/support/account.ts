import { actorOf, record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { findThrottle } from '../sign-in/throttle.ts'
import type { Act } from './acts.ts'
import { findAccount, findFreshLookUp, findRequest, listLogins, listLookUps, listNotes } from './queries.ts'
import { findRows } from './rows.ts'
import { findSealedVerdicts } from './verdicts.ts'

/**
 * All that an agent sees of an account, while they have a fresh look-up of it. That they see it is recorded in the same
 * transaction, before anything is shown: where the audit cannot be written, there is no page. It is recorded last, since
 * from then on nobody else can write to the audit, not even a login.
 * @param asked an address of a business, whose verdict is to be told
 * @returns undefined without a fresh look-up
 */
export function openAccount(db: Database, { staff, accountId }: Act, asked?: string) {
  return db.transaction().execute(async tx => {
    const lookUp = await findFreshLookUp(tx, { accountId, staffId: staff.id })
    if (!lookUp) return undefined
    const { id: look_up, rows_by: by } = lookUp
    const member = await findAccount(tx, accountId)
    const account = {
      lookUp,
      member,
      incidents: await findSealedVerdicts(tx, { ...member, asked }),
      rows: by ? await findRows(tx, accountId) : undefined,
      request: await findRequest(tx, lookUp),
      logins: await listLogins(tx, accountId),
      throttle: await findThrottle(tx, member.login_id),
      lookUps: await listLookUps(tx, accountId),
      notes: await listNotes(tx, accountId)
    }
    const seen = { actor: actorOf(staff), accountId }
    await record(tx, { ...seen, action: 'account seen', details: { look_up } })
    if (by) await record(tx, { ...seen, action: 'lost messages seen', details: { look_up, by } })
    return account
  })
}
