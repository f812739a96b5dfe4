import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import { generate } from 'otplib'
import type { Database, Role } from '../../src/database/tables.ts'
import { hashPassword } from '../../src/sign-in/passwords.ts'
import { seal } from '../../src/web/seal.ts'
import { post, secret } from './portal.ts'

export const staffPassword = 'a password of staff'

/** What an authenticator app would have. */
const totpSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

/** Somebody who is enrolled, with `staffPassword` and the codes of `codeNow`. @returns the id */
export async function addStaff(db: Database, login_id: string, role: Role): Promise<string> {
  const sealed = seal({ secret, purpose: 'one-time codes' }, login_id, totpSecret)
  const { id } = await db
    .insertInto('staff')
    .values({
      ...{ login_id, role, name: `${login_id} of the staff`, created_by: 'test' },
      ...{
        password_hash: await hashPassword(staffPassword),
        totp_secret: sealed,
        totp_confirmed_at: new Date()
      }
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The one-time code of this moment; it may be taken once more, which a person would have to wait for. */
export async function codeNow(db: Database, login_id: string): Promise<string> {
  await db.updateTable('staff').set({ totp_last_step: 0 }).where('login_id', '=', login_id).execute()
  return generate({ secret: totpSecret })
}

/** Logs in through the real form. @returns the cookie to send from then on */
export async function signInStaff(app: FastifyInstance, db: Database, login_id: string): Promise<string> {
  const code = await codeNow(db, login_id)
  const response = await post(app, '/login/staff', { login_id, password: staffPassword, code })
  assert.equal(response.statusCode, 303, 'the login was refused')
  const [cookie] = response.cookies
  assert.ok(cookie)
  return `${cookie.name}=${encodeURIComponent(cookie.value)}`
}

/** As if the second factor had been given longer than 5 minutes ago, in all sessions. */
export async function letConfirmationsAge(db: Database) {
  await db
    .updateTable('staff_sessions')
    .set({ confirmed_at: new Date(Date.now() - 6 * 60_000) })
    .execute()
}
