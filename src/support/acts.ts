import { actorOf, record } from '../audit/record.ts'
import type { Database, DatabaseTransaction, LookUpReason } from '../database/tables.ts'
import { takeConsentCode } from '../look-ups/consent.ts'
import { liftThrottle } from '../sign-in/throttle.ts'
import type { SignedInStaff } from '../web/sessions.ts'
import {
  type FreshLookUp,
  findAccount,
  findFreshLookUp,
  insertLookUp,
  insertNote,
  insertRequest,
  openRows
} from './queries.ts'

/** Who of the staff does something for which account. */
export type Act = { staff: SignedInStaff; accountId: string }

/** A look-up exists together with its event in the audit, or not at all. */
export function lookUp(
  db: Database,
  { staff, accountId }: Act,
  why: { reason: LookUpReason; ticket: string }
): Promise<void> {
  return db.transaction().execute(async tx => {
    const look_up = await insertLookUp(tx, { accountId, staffId: staff.id, ...why })
    const event = { actor: actorOf(staff), action: 'account looked up', accountId }
    await record(tx, { ...event, details: { look_up, ...why } })
  })
}

/** Opens senders and times with a member's code. @returns whether the code was right */
export async function consent(db: Database, act: Act, given: { secret: string; typed: string }) {
  const right = await whileFresh(db, act, async (tx, lookUp) => {
    const taken = await takeConsentCode(tx, given.secret, { lookUp, typed: given.typed })
    if (taken) await openRows(tx, lookUp, 'consent')
    await tell(tx, act, lookUp, taken ? 'consent code taken' : 'consent code refused')
    return taken
  })
  return right === true
}

/** @returns undefined when the look-up is over, as all that follow */
export function askToBreakGlass(db: Database, act: Act, why: string) {
  return whileFresh(db, act, async (tx, lookUp) => {
    if (!lookUp.rows_by && (await insertRequest(tx, lookUp, why)))
      await tell(tx, act, lookUp, 'break-glass requested')
    return true
  })
}

export function letLogIn(db: Database, act: Act) {
  return whileFresh(db, act, async (tx, lookUp) => {
    const { login_id } = await findAccount(tx, act.accountId)
    if (await liftThrottle(tx, login_id)) await tell(tx, act, lookUp, 'throttle lifted')
    return true
  })
}

export function addNote(db: Database, act: Act, text: string) {
  return whileFresh(db, act, async (tx, lookUp) => {
    await insertNote(tx, { accountId: act.accountId, staffId: act.staff.id }, text)
    await tell(tx, act, lookUp, 'support note added')
    return true
  })
}

/** In one transaction; undefined without a fresh look-up of the account by the agent. */
function whileFresh<T>(
  db: Database,
  { staff, accountId }: Act,
  work: (tx: DatabaseTransaction, lookUp: FreshLookUp) => Promise<T>
): Promise<T | undefined> {
  return db.transaction().execute(async tx => {
    const lookUp = await findFreshLookUp(tx, { accountId, staffId: staff.id })
    return lookUp && work(tx, lookUp)
  })
}

async function tell(tx: DatabaseTransaction, { staff, accountId }: Act, { id }: FreshLookUp, action: string) {
  await record(tx, { actor: actorOf(staff), action, accountId, details: { look_up: id } })
}
