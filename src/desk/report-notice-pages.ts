import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../audit/record.ts'
import { textOf } from '../notices/message.ts'
import { findSending } from '../notices/queries.ts'
import { type Corrected, decideNotices, foreseeReportNotices, sum } from '../notices/report-notices.ts'
import { type KeptRevision, listRevisions } from '../reports/queries.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { type FieldError, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { letTakeLong } from '../web/waiting.ts'
import { type AskedReport, findAskedReport, ofReport } from './report-asked.ts'

const Answer = Type.Object({
  notify: Type.Enum(['yes', 'no']),
  revision: Type.String({ pattern: '^[0-9]{1,9}$' })
})

type Asked = AskedReport & { last: KeptRevision; corrected: Corrected }

/** After a correction: whether those concerned are told of it by mail. */
export async function reportNoticePages(app: FastifyInstance, portal: Portal) {
  const { config, db, longDb } = portal

  app.get('/incidents/:slug/reports/:id/notify', ofReport, async (request, reply) => {
    const asked = await findAsked(request)
    return asked ? showQuestion(request, reply, asked) : reply.callNotFound()
  })

  app.post('/incidents/:slug/reports/:id/notify', ofReport, async (request, reply) => {
    const asked = await findAsked(request)
    if (!asked) return reply.callNotFound()
    const { values } = readForm(Answer, request.body)
    if (!values) return reply.failed(400)
    // Another correction was published meanwhile: who is told, is told of that one.
    if (Number(values.revision) !== asked.last.revision) return showQuestion(request, reply.code(400), asked)
    const notify = values.notify === 'yes'
    if (notify && !(await isConfirmed(portal, request)))
      return showQuestion(request, reply.code(400), asked, [{ field: 'code', text: 'errors.code' }])
    letTakeLong(request)
    const decision = { actor: actorOf(signedInStaff(request)), notify }
    await longDb.transaction().execute(tx => decideNotices(tx, asked.corrected, decision))
    return reply.redirect(`${asked.url}/notify`, 303)
  })

  async function findAsked(request: FastifyRequest): Promise<Asked | undefined> {
    const asked = await findAskedReport(db, request)
    const { id, number, visible } = asked?.draft ?? {}
    const last = id && visible ? (await listRevisions(db, id)).at(-1) : undefined
    if (!asked || !id || !number || !last || last.revision === 1) return undefined
    const corrected = { incidentId: asked.incident.id, reportId: id, number, revision: last.revision }
    return { ...asked, last, corrected }
  }

  async function showQuestion(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: Asked,
    errors?: FieldError[]
  ) {
    letTakeLong(request)
    const { incident, draft, last, corrected } = asked
    const foreseen = last.notify === null ? await foreseeReportNotices(longDb, corrected) : undefined
    const counts = foreseen?.counts ?? []
    const sending = last.notify ? await findSending(db, incident.id) : undefined
    return reply.page('desk/report-notify', {
      ...{ tab: 'incidents', incident, zone: incident.zone, draft, last, errors, counts },
      off: sending?.paused,
      total: sum(counts),
      texts: foreseen?.samples.map(sample => ({ ...sample, text: textOf(sample, incident, config) })) ?? [],
      ...{ backTo: `${asked.url}/notify`, url: asked.url }
    })
  }
}
