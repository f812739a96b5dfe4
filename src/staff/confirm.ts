import type { FastifyRequest } from 'fastify'
import { signedInStaff } from '../web/access.ts'
import type { Portal } from '../web/portal.ts'
import { attemptCode } from './attempt.ts'
import { confirmSession } from './queries.ts'

/**
 * Whether the second factor is fresh: given within the last 5 minutes, or typed into this very form, in its field
 * `code`. What publishes, sends or grants asks for it (OWASP ASVS 5.0, 7.5.3).
 */
export async function isConfirmed(portal: Portal, request: FastifyRequest): Promise<boolean> {
  const { loginId, confirmed, confirmsBy } = signedInStaff(request)
  if (confirmed) return true
  const { code } = (request.body ?? {}) as { code?: unknown }
  if (confirmsBy === 'company' || typeof code !== 'string' || code.trim() === '') return false
  if (!(await attemptCode(portal, { loginId, code, ip: request.ip }))) return false
  await confirmSession(portal.signInDb, request.session.sessionId)
  return true
}
