import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalLoginId, isLoginId } from '../accounts/canonical.ts'
import { note } from '../audit/record.ts'
import type { AccountKind, Database } from '../database/tables.ts'
import { countActivity } from '../operations/activity.ts'
import type { SignedIn } from '../web/sessions.ts'
import { Busy, takeTurn } from './admission.ts'
import { hasOurCost, verifyPassword } from './passwords.ts'
import { findAccountToSignIn, replacePassword } from './queries.ts'
import { type Attempt, admit, forgive, withdraw } from './throttle.ts'

/** Whose session may be opened, and the version of the password that was right. */
export type Admitted = { account: SignedIn; passwordVersion: number }
export type Login = { kind: AccountKind; loginId: string; password: string; ip: string }

/**
 * Milliseconds from the start of the work until a refusal is sent, whatever its reason, so that time tells
 * nothing about an ID. Imported hashes that take longer lengthen it, up to the limit.
 */
let refusedAfter = 500
const longestRefusal = 3_000

/**
 * Checks an ID and a password. Unknown, wrong, disabled, of the other kind, throttled: all the same undefined.
 * @throws Busy of admission.ts when too many people are logging in
 */
export function attemptLogin(db: Database, login: Login): Promise<Admitted | undefined> {
  const attempt: Attempt = { realm: 'account', loginId: canonicalLoginId(login.loginId), ip: login.ip }
  return attemptOnce(db, attempt, () => checkPassword(db, login, attempt.loginId))
}

/**
 * One try to log in, of members and of staff: counted by the throttle, in its turn, and refused after the same time
 * whatever the reason.
 * @param check does the work; undefined refuses
 * @throws Busy of admission.ts when too many people are logging in
 */
export function attemptOnce<T>(
  db: Database,
  attempt: Attempt,
  check: () => Promise<T | undefined>
): Promise<T | undefined> {
  return attemptAtOnce(db, attempt, check, () =>
    takeTurn(() => timed(check)).catch(error => unseen(db, attempt, error))
  )
}

/** The same for what costs nothing to check, and waits for no turn. */
export async function attemptAtOnce<T>(
  db: Database,
  attempt: Attempt,
  check: () => Promise<T | undefined>,
  run = () => timed(check)
): Promise<T | undefined> {
  const { admitted, begun } = (await admit(db, attempt)) ? await run() : throttled()
  if (admitted) await forgive(db, attempt)
  else await sleep(begun + refusedAfter - performance.now())
  return admitted
}

async function timed<T>(check: () => Promise<T | undefined>) {
  const begun = performance.now()
  return { admitted: await check(), begun }
}

function throttled() {
  countActivity('throttled')
  return { admitted: undefined, begun: performance.now() }
}

/** Who was turned away unseen has not failed. */
async function unseen(db: Database, attempt: Attempt, error: unknown): Promise<never> {
  if (error instanceof Busy) {
    countActivity('turned away')
    await withdraw(db, attempt)
  }
  throw error
}

async function checkPassword(db: Database, { kind, password }: Login, loginId: string) {
  const begun = performance.now()
  const found = isLoginId(loginId) ? await findAccountToSignIn(db, loginId) : undefined
  const usable = found?.kind === kind && !found.disabled_at ? found : undefined
  const { matches, replacement } = await verifyPassword(usable, password)
  if (usable?.hash && !hasOurCost(usable.hash)) lengthen(performance.now() - begun)
  if (!usable || !matches) {
    countActivity('refused')
    // Not what was typed: people type their password into the wrong field.
    await note(db, { actor: { kind: 'nobody' }, action: 'login refused', accountId: found?.id })
    return undefined
  }
  if (replacement && usable.hash) await replacePassword(db, usable.id, usable.hash, replacement)
  const { id, login_id, name, language, password_version: passwordVersion } = usable
  const account: SignedIn = { id, kind, loginId: login_id, name, language }
  return { account, passwordVersion }
}

function lengthen(taken: number) {
  refusedAfter = Math.min(longestRefusal, Math.max(refusedAfter, 1.2 * taken))
}
