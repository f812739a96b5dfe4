import { type Actor, record } from '../audit/record.ts'
import type { Database, DatabaseTransaction, Role } from '../database/tables.ts'
import { giveEnrolmentCode } from './enrolment.ts'
import { insertStaff, lockAdministrators, type StaffMember, setDisabled, setRole } from './queries.ts'

/**
 * Why nothing was changed: it is so already, the login ID is taken, nobody could administer the staff any more, or
 * the company's login decides.
 */
export type Refused = 'same' | 'taken' | 'last administrator' | 'company'
export type Changed<T = object> = ({ refused?: undefined } & T) | { refused: Refused }

type Somebody = Pick<StaffMember, 'id' | 'login_id' | 'role' | 'subject'>
type NewStaff = { login_id: string; name: string; role: Role; by: string }

/** Adds somebody, by canonical login ID. @returns the code with which they enrol, to be told once */
export function addStaff(
  db: Database,
  actor: Actor,
  { by, ...staff }: NewStaff
): Promise<Changed<{ code: string }>> {
  return db.transaction().execute(async tx => {
    const added = await insertStaff(tx, { ...staff, created_by: by })
    if (!added) return { refused: 'taken' }
    const code = await giveEnrolmentCode(tx, added.id, actor)
    await record(tx, { actor, action: 'staff added', details: { staff: staff.login_id, role: staff.role } })
    return { code }
  })
}

/** From their next request on. */
export function changeRole(db: Database, actor: Actor, somebody: Somebody, role: Role): Promise<Changed> {
  const { id, login_id, subject, role: from } = somebody
  return db.transaction().execute(async tx => {
    if (subject !== null) return { refused: 'company' }
    if (role !== 'admin' && (await isLastAdministrator(tx, id))) return { refused: 'last administrator' }
    if (!(await setRole(tx, id, role))) return { refused: 'same' }
    await record(tx, { actor, action: 'staff role changed', details: { staff: login_id, from, to: role } })
    return {}
  })
}

/** Password and second factor become void, sessions end. @returns the code with which they enrol, to be told once */
export function renewEnrolment(
  db: Database,
  actor: Actor,
  somebody: Somebody
): Promise<Changed<{ code: string }>> {
  const { id, login_id, subject } = somebody
  return db.transaction().execute(async tx => {
    if (subject !== null) return { refused: 'company' }
    const code = await giveEnrolmentCode(tx, id, actor)
    await record(tx, { actor, action: 'staff enrolment renewed', details: { staff: login_id } })
    return { code }
  })
}

/** Disabling ends all sessions. */
export function changeDisabled(
  db: Database,
  actor: Actor,
  { id, login_id }: Somebody,
  disabled: boolean
): Promise<Changed> {
  return db.transaction().execute(async tx => {
    if (disabled && (await isLastAdministrator(tx, id))) return { refused: 'last administrator' }
    if (!(await setDisabled(tx, id, disabled))) return { refused: 'same' }
    const action = disabled ? 'staff disabled' : 'staff enabled'
    await record(tx, { actor, action, details: { staff: login_id } })
    return {}
  })
}

/** Whether nobody else could administer; stays so until the transaction ends. */
async function isLastAdministrator(tx: DatabaseTransaction, id: string): Promise<boolean> {
  const administrators = await lockAdministrators(tx)
  return administrators.includes(id) && administrators.length === 1
}
