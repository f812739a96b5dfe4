import { canonicalLoginId, isLoginId } from '../accounts/canonical.ts'
import { type Actor, actorOf, note, record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { attemptOnce } from '../sign-in/attempt.ts'
import { hashPassword } from '../sign-in/passwords.ts'
import type { Portal } from '../web/portal.ts'
import { completeEnrolment, findStaff, keepTotpSecret, type StaffMember, startEnrolment } from './queries.ts'
import { hashOfCode, newTotpSecret, randomCode, stepOfCode } from './second-factor.ts'

/** How long an enrolment code is good for. */
const hours = 72
const recoveryCodes = 10

/** Bytes in UTF-8: with a second factor 12 are enough, more than 1,024 no login would look at. */
export const passwordBytes = { min: 12, max: 1_024 }

/** Gives somebody a code with which they set their password and second factor; what they had before is void. */
/** @param by who of the staff gives it, and could use it; nobody for a command */
export async function giveEnrolmentCode(db: Database, staffId: string, by: Actor): Promise<string> {
  const code = randomCode(4)
  const enrolledBy = by.kind === 'staff' ? by.id : null
  await startEnrolment(db, staffId, { hash: hashOfCode(code), hours, enrolledBy })
  return code
}

/** `again` goes on with the secret that was shown last; who begins anew gets another one. */
type Begun = { loginId: string; enrolment: string; ip: string; again: boolean }

/**
 * Who may enrol with this code, with a secret for one-time codes to scan. Unknown, wrong, used and expired: all the
 * same undefined.
 * @throws Busy of sign-in/admission.ts when too many people are logging in
 */
export function beginEnrolment(
  { config, signInDb: db }: Portal,
  { loginId: typed, enrolment, ip, again }: Begun
): Promise<StaffMember | undefined> {
  const loginId = canonicalLoginId(typed)
  return attemptOnce(db, { realm: 'staff enrolment', loginId, ip }, async () => {
    const found = isLoginId(loginId) ? await findStaff(db, loginId) : undefined
    if (!found || !mayEnrol(found, enrolment)) {
      const details = { staff: found?.login_id ?? null }
      await note(db, { actor: { kind: 'nobody' }, action: 'staff enrolment refused', details })
      return undefined
    }
    if (again && found.totp_secret !== null) return found
    const totp_secret = newTotpSecret(config.secret, loginId)
    await keepTotpSecret(db, found.id, totp_secret)
    return { ...found, totp_secret }
  })
}

function mayEnrol({ disabled_at, enrolment_hash, enrolment_expires_at }: StaffMember, typed: string) {
  if (disabled_at || !enrolment_hash || !enrolment_expires_at || enrolment_expires_at < new Date())
    return false
  return enrolment_hash.equals(hashOfCode(typed))
}

/** @returns the recovery codes, to be shown once; undefined when the one-time code is wrong */
export async function finishEnrolment(
  { config, signInDb: db }: Portal,
  staff: StaffMember,
  { password, code }: { password: string; code: string }
): Promise<string[] | undefined> {
  const step = await stepOfCode(config.secret, staff, code)
  if (step === undefined || !staff.enrolment_hash) return undefined
  const codes = Array.from({ length: recoveryCodes }, () => randomCode(3))
  const enrolled = {
    ...{ passwordHash: await hashPassword(password), step, enrolmentHash: staff.enrolment_hash },
    recoveryHashes: codes.map(hashOfCode)
  }
  return db.transaction().execute(async tx => {
    if (!(await completeEnrolment(tx, staff.id, enrolled))) return undefined
    await record(tx, { actor: actorOf(staff), action: 'staff enrolled' })
    return codes
  })
}
