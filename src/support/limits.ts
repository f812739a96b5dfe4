import type { FastifyRequest } from 'fastify'
import { actorOf, record } from '../audit/record.ts'
import { signedInStaff } from '../web/access.ts'
import type { Portal } from '../web/portal.ts'
import { countUse } from './queries.ts'

/** In ten minutes, of one member of the staff; nobody who answers telephones needs more. */
const limits = { search: 60, 'masked member': 60, 'look-up': 30 }

/**
 * Counts something an agent does to find members. Beyond the limit it is refused until the ten minutes are over,
 * and the first refusal raises an alarm: a look-up burst in the audit, and an error in the log.
 */
export async function isWithinLimit({ db }: Portal, request: FastifyRequest, what: keyof typeof limits) {
  const staff = signedInStaff(request)
  const count = await countUse(db, staff.id, what)
  if (count === limits[what] + 1) {
    await record(db, {
      actor: actorOf(staff),
      action: 'look-up burst',
      details: { what, in_minutes: 10, count }
    })
    request.log.error({ staff: staff.loginId, what, count }, 'look-up burst: an agent is refused for a while')
  }
  return count <= limits[what]
}
