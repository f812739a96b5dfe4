import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../audit/record.ts'
import { findIncident, lockForChange } from '../incidents/queries.ts'
import { proposedTexts, refuseTexts, takeTexts } from '../incidents/texts.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { refusalOf } from './publication.ts'

const Decision = Type.Object({
  decision: Type.Enum(['agree', 'refuse']),
  seen: Type.String({ maxLength: 100 })
})

/** Other texts of an incident that everybody reads: a second person agrees to them, or they are taken back. */
export async function textPages(app: FastifyInstance, portal: Portal) {
  const { db } = portal

  app.get('/incidents/:slug/texts', (request, reply) => showTexts(request, reply))

  app.post('/incidents/:slug/texts', async (request, reply) => {
    const { values } = readForm(Decision, request.body)
    if (!values) return reply.failed(400)
    const agreed = values.decision === 'agree'
    if (agreed && !(await isConfirmed(portal, request))) return showTexts(request, reply.code(400), 'code')
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    const actor = actorOf(signedInStaff(request))
    const refused = await db.transaction().execute(async tx => {
      const now = await lockForChange(tx, incident.id)
      const proposed = proposedTexts(now)
      if (proposed?.seen !== values.seen) return 'texts_moved'
      if (!agreed) return refuseTexts(tx, now.id, actor)
      const why = await refusalOf(tx, proposed.by, actor)
      return why ? `texts_${why}` : takeTexts(tx, now, actor)
    })
    if (!refused) return reply.redirect(`/desk/incidents/${incident.slug}`, 303)
    return showTexts(request, reply.code(refused === 'texts_moved' ? 400 : 403), refused)
  })

  function findAsked(request: FastifyRequest) {
    return findIncident(db, (request.params as { slug: string }).slug)
  }

  async function showTexts(request: FastifyRequest, reply: FastifyReply, wrong?: string) {
    const incident = await findAsked(request)
    const proposed = incident && proposedTexts(incident)
    if (!proposed) return reply.code(404).callNotFound()
    const url = `/desk/incidents/${incident.slug}`
    const errors = wrong && [{ field: wrong === 'code' ? wrong : 'texts', text: `errors.${wrong}` }]
    return reply.page('desk/texts', {
      ...{ tab: 'incidents', incident, zone: incident.zone, proposed, url, errors },
      ...{ own: proposed.by === signedInStaff(request).loginId, backTo: `${url}/texts` }
    })
  }
}
