import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalLoginId } from '../accounts/canonical.ts'
import type { AccountKind, Database } from '../database/tables.ts'
import type { SignedIn } from '../web/sessions.ts'
import { takeTurn } from './admission.ts'
import { verifyPassword } from './passwords.ts'
import { findAccountToSignIn, replacePassword } from './queries.ts'
import { admit, forgive } from './throttle.ts'

export type Login = { kind: AccountKind; loginId: string; password: string; ip: string }

/**
 * Milliseconds from the start of the work after which every refusal is sent, whatever its reason: longer
 * than the slowest imported hash takes, so that time tells nothing about an ID.
 */
const refusedAfter = 500

/**
 * Checks an ID and a password. Unknown, wrong, disabled, of the other kind, throttled: all the same undefined.
 * @throws Busy of admission.ts when too many people are logging in
 */
export async function attemptLogin(db: Database, login: Login): Promise<SignedIn | undefined> {
  const attempt = { loginId: canonicalLoginId(login.loginId), ip: login.ip }
  const admitted = await admit(db, attempt)
  const { account, pause } = admitted
    ? await takeTurn(() => checkPassword(db, login, attempt.loginId))
    : { account: undefined, pause: sleep(refusedAfter) }
  if (account) await forgive(db, attempt)
  else await pause
  return account
}

async function checkPassword(db: Database, { kind, password }: Login, loginId: string) {
  const pause = sleep(refusedAfter)
  const found = await findAccountToSignIn(db, loginId)
  const usable = found?.kind === kind && !found.disabled_at ? found : undefined
  const { matches, replacement } = await verifyPassword(usable, password)
  if (!usable || !matches) return { account: undefined, pause }
  if (replacement && usable.hash) await replacePassword(db, usable.id, usable.hash, replacement)
  const { id, login_id, name, language } = usable
  return { account: { id, kind, loginId: login_id, name, language }, pause }
}
