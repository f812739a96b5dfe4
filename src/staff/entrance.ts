import type { FastifyRequest } from 'fastify'
import { actorOf, record } from '../audit/record.ts'
import type { Role } from '../database/tables.ts'
import { countActivity } from '../operations/activity.ts'
import type { Portal } from '../web/portal.ts'
import { insertStaffSession, type StaffMember } from './queries.ts'

/** Where each role begins. */
export const homes: Record<Role, string> = { support: '/support', operator: '/desk', admin: '/desk' }

/**
 * A new ID at every login; the one that the browser came with is dead.
 * @param confirmedAt when the company's login saw them last; a one-time code was given just now
 * @returns false for who was disabled at this very moment
 */
export async function openStaffSession(
  { config, signInDb }: Portal,
  request: FastifyRequest,
  { staff, confirmedAt }: { staff: StaffMember; confirmedAt?: Date }
): Promise<boolean> {
  if (config.https && request.protocol !== 'https')
    throw new Error(
      'The proxy in front does not say that it speaks https: see TRUSTED_PROXIES and X-Forwarded-Proto.'
    )
  await request.session.regenerate()
  const opened = { sessionId: request.session.sessionId, confirmedAt }
  if (!(await insertStaffSession(signInDb, opened, staff))) return false
  const details = confirmedAt ? { by: 'company' } : {}
  await record(signInDb, { actor: actorOf(staff), action: 'staff login', details })
  countActivity('login')
  const { id, login_id: loginId, name, role, subject } = staff
  const confirmsBy = subject === null ? 'code' : 'company'
  request.session.staff = { id, loginId, name, role, confirmed: true, confirmsBy }
  return true
}
