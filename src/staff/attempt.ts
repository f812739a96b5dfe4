import { canonicalLoginId, isLoginId } from '../accounts/canonical.ts'
import { type Actor, actorOf, note, record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { countActivity } from '../operations/activity.ts'
import { attemptAtOnce, attemptOnce } from '../sign-in/attempt.ts'
import { verifyPassword } from '../sign-in/passwords.ts'
import type { Portal } from '../web/portal.ts'
import { findStaff, type StaffMember } from './queries.ts'
import { takeCode } from './second-factor.ts'

type Login = { loginId: string; password: string; code: string; ip: string }

/**
 * Checks ID, password and one-time code together. Unknown, wrong, disabled, not enrolled, throttled: all the same
 * undefined. A code is taken only after the right password, so that nobody can use up another's.
 * @throws Busy of sign-in/admission.ts when too many people are logging in
 */
export function attemptStaffLogin(
  { config, signInDb: db }: Pick<Portal, 'config' | 'signInDb'>,
  { loginId: typed, password, code, ip }: Login
): Promise<StaffMember | undefined> {
  const loginId = canonicalLoginId(typed)
  return attemptOnce(db, { realm: 'staff', loginId, ip }, async () => {
    const found = isLoginId(loginId) ? await findStaff(db, loginId) : undefined
    const usable = found && !found.disabled_at && found.totp_confirmed_at ? found : undefined
    const stored = usable && { hash: usable.password_hash, scheme: 'argon2id', salt: null }
    const { matches } = await verifyPassword(stored, password)
    if (usable && matches && (await takeCodeOf(db, config.secret, usable, code))) return usable
    countActivity('refused')
    await note(db, {
      actor: { kind: 'nobody' },
      action: 'staff login refused',
      details: { staff: found?.login_id ?? null }
    })
    return undefined
  })
}

/** Checks a one-time code of who is logged in already, counted as a login is. */
export function attemptCode(
  { config, signInDb: db }: Portal,
  { loginId, code, ip }: { loginId: string; code: string; ip: string }
): Promise<true | undefined> {
  return attemptAtOnce(db, { realm: 'staff code', loginId, ip }, async () => {
    const found = await findStaff(db, loginId)
    if (found && (await takeCodeOf(db, config.secret, found, code))) return true
    countActivity('refused')
    const actor: Actor = found ? actorOf(found) : { kind: 'nobody' }
    await note(db, { actor, action: 'staff code refused', details: { staff: loginId } })
    return undefined
  })
}

/** A recovery code is for emergencies: that one was used is recorded. */
async function takeCodeOf(db: Database, secret: string, staff: StaffMember, code: string): Promise<boolean> {
  const by = await takeCode(db, secret, staff, code)
  if (by === 'recovery code') await record(db, { actor: actorOf(staff), action: 'staff recovery code used' })
  return by !== undefined
}
