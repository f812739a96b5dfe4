import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { timeReader } from '../incidents/time.ts'
import { differencesOf } from '../reports/differences.ts'
import { isProposed, stateOf } from '../reports/drafts.ts'
import { lookAt, type Unfit } from '../reports/look.ts'
import { proposeReport } from '../reports/publish.ts'
import { findFactsOf } from '../reports/queries.ts'
import { renderReport } from '../reports/rendered.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { type FieldError, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { letTakeLong } from '../web/waiting.ts'
import { needsTwo } from './publication.ts'
import { approveReport } from './report-approval.ts'
import { type AskedReport, findAskedReport, ofReport, placeOf } from './report-asked.ts'

const PublishForm = Type.Object({
  seen: Type.String({ maxLength: 64 }),
  when: Type.Optional(Type.Enum(['now', 'later'])),
  at: Type.String({ default: '', maxLength: 40 })
})
type Typed = Partial<Static<typeof PublishForm>>

/** Publishing a report, a schedule or a correction, by two people where two are needed. */
export async function reportPublicationPages(app: FastifyInstance, portal: Portal) {
  const { config, db, longDb } = portal

  app.get('/incidents/:slug/reports/:id/publish', ofReport, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    return asked ? showPublish(request, reply, asked) : reply.callNotFound()
  })

  app.post('/incidents/:slug/reports/:id/propose', ofReport, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    if (!asked) return reply.callNotFound()
    const read = await readPublishing(request, asked)
    if ('errors' in read) return showPublish(request, reply.code(400), asked, read)
    letTakeLong(request)
    const { url } = asked
    const proposal = { ...placeOf(request, asked), ...read }
    const outcome = await longDb.transaction().execute(tx => proposeReport(tx, proposal))
    if (outcome === 'proposed' || outcome === 'gone') return reply.redirect(`${url}/publish`, 303)
    return showAgain(request, reply, outcome)
  })

  app.post('/incidents/:slug/reports/:id/publish', ofReport, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    if (!asked) return reply.callNotFound()
    const read = await readPublishing(request, asked)
    if ('errors' in read) return showPublish(request, reply.code(400), asked, read)
    letTakeLong(request)
    const { url } = asked
    const publishing = { ...placeOf(request, asked), ...read, two: await needsTwo(db, config) }
    const done = await longDb.transaction().execute(tx => approveReport(tx, publishing))
    if (done.outcome === 'published' && done.revision > 1) return reply.redirect(`${url}/notify`, 303)
    if (done.outcome === 'published' || done.outcome === 'scheduled' || done.outcome === 'gone')
      return reply.redirect(`${url}/publish`, 303)
    return showAgain(request, reply, done.outcome)
  })

  /** What was seen, and the time that is wanted, with the second factor. */
  async function readPublishing(request: FastifyRequest, { incident }: AskedReport) {
    const { values } = readForm(PublishForm, request.body)
    if (!values) return { typed: {}, errors: [{ field: 'publish', text: 'errors.report_moved' }] }
    const { seen, when, at } = values
    const read = when === 'later' ? timeReader(incident.zone)(at.trim()) : { time: null }
    if ('problem' in read) return { typed: values, errors: [{ field: 'at', text: 'errors.report_at' }] }
    if (read.time && read.time <= new Date())
      return { typed: values, errors: [{ field: 'at', text: 'errors.report_at_over' }] }
    if (!(await isConfirmed(portal, request)))
      return { typed: values, errors: [{ field: 'code', text: 'errors.code' }] }
    return { seen, at: read.time }
  }

  async function showAgain(request: FastifyRequest, reply: FastifyReply, outcome: string) {
    const asked = await findAskedReport(db, request)
    if (!asked) return reply.callNotFound()
    const status = outcome === 'moved' || outcome === 'unfit' ? 400 : 403
    const errors = [{ field: 'publish', text: `errors.report_${outcome}` }]
    return showPublish(request, reply.code(status), asked, { errors })
  }

  async function showPublish(
    request: FastifyRequest,
    reply: FastifyReply,
    { incident, draft, url }: AskedReport,
    { errors, typed = {} }: { errors?: FieldError[]; typed?: Typed } = {}
  ) {
    const { published, rendered, seen, unfit } = await lookAt(db, draft)
    const before = published && renderReport(published, await findFactsOf(db, incident.id))
    const state = stateOf(draft, published)
    const pieces = (language: 'ja' | 'en') =>
      before && differencesOf(before[language], rendered[language], language)
    return reply.page('desk/report-publish', {
      ...{ tab: 'incidents', incident, zone: incident.zone, draft, url, errors, typed, state, published },
      ...{ rendered, seen, unfit: describe(unfit), correction: published !== undefined },
      pieces: { ja: pieces('ja'), en: pieces('en') },
      ...{ two: await needsTwo(db, config), proposed: isProposed(draft) },
      own: draft.proposed_by === signedInStaff(request).loginId,
      backTo: `${url}/publish`
    })
  }
}

/** What speaks against publishing, as texts with their blanks. */
function describe(unfit: Unfit[]) {
  return unfit.map(({ why, ...more }) => ({
    text: `report.unfit_${why}${'field' in more ? `_${more.field.split('_')[0]}` : ''}`,
    values: { ...more, names: 'names' in more ? more.names.map(name => `{{${name}}}`).join(', ') : '' },
    language: 'field' in more ? more.field.split('_')[1] : undefined
  }))
}
