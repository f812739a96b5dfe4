import type { FastifyInstance } from 'fastify'
import type { Role } from '../database/tables.ts'
import { findIncident } from '../incidents/queries.ts'
import { onlyStaff } from '../web/access.ts'
import { eventStreams } from '../web/events.ts'
import type { Portal } from '../web/portal.ts'
import { watchLedger } from './ledger.ts'

/** The ledger of an incident, sent anew for as long as notices go out. */
export async function noticeEvents(app: FastifyInstance, portal: Portal) {
  const roles: Role[] = ['operator', 'admin']
  app.addHook('onRequest', onlyStaff(roles, portal.config.https))
  const stream = eventStreams(app, portal, roles)

  app.get('/incidents/:slug/notices/events', { exposeHeadRoute: false }, async (request, reply) => {
    const incident = await findIncident(portal.db, (request.params as { slug: string }).slug)
    if (!incident) return reply.callNotFound()
    return stream(request, reply, async () => {
      const { view, again } = await watchLedger(portal.longDb, incident.id)
      const data = { incident, zone: incident.zone, ...view }
      const status = reply.drawn('desk/notice-status', data).trim()
      return { html: reply.drawn('desk/notice-now', data), status, done: !view.live, again }
    })
  })
}
