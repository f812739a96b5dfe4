import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../../src/app.ts'
import { readConfig, type Settings } from '../../src/config.ts'
import type { AccountKind, Database } from '../../src/database/tables.ts'
import { hashPassword } from '../../src/sign-in/passwords.ts'
import { openPortal } from '../../src/web/portal.ts'
import { openTestDatabase } from './database.ts'

export const secret = 'a secret of the tests, long enough to be one'

/** The whole portal on a database of its own, not listening; closed after the test file. */
export async function openTestPortal(settings: Partial<Record<keyof Settings, unknown>> = {}) {
  let leave = async () => {}
  const { url } = await openTestDatabase(() => leave())
  const config = readConfig({ DATABASE_URL: url, PORTAL_SECRET: secret, LOG_LEVEL: 'silent', ...settings })
  const { portal, close } = openPortal(config, url)
  const app = await buildApp(portal)
  leave = async () => {
    await app.close()
    await close()
  }
  return { ...portal, app, url }
}

export async function setPassword(db: Database, loginId: string, password: string) {
  const stored = { password_hash: await hashPassword(password), password_scheme: 'argon2id' }
  await db.updateTable('accounts').set(stored).where('login_id', '=', loginId).execute()
}

/** Posts a form as a browser does from a page of the same site. */
export function post(app: FastifyInstance, url: string, form: Record<string, string>, cookie = '') {
  const headers = {
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
    cookie
  }
  return app.inject({ method: 'POST', url, headers, payload: new URLSearchParams(form).toString() })
}

/** Logs in through the real form. @returns the cookie to send from then on */
export async function signIn(app: FastifyInstance, kind: AccountKind, loginId: string, password: string) {
  const response = await post(app, `/login/${kind}`, { login_id: loginId, password })
  assert.equal(response.statusCode, 303, 'the login was refused')
  const [cookie] = response.cookies
  assert.ok(cookie)
  return `${cookie.name}=${encodeURIComponent(cookie.value)}`
}
