import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { findIncident, type Incident } from '../incidents/queries.ts'
import { timeReader } from '../incidents/time.ts'
import { differencesOf } from '../reports/differences.ts'
import { deleteDraft, discardChanges, isProposed, stateOf } from '../reports/drafts.ts'
import { lookAt, proposeReport, takeBack, type Unfit } from '../reports/publish.ts'
import { type Draft, findDraft, findFactsOf, listDrafts, listRevisions } from '../reports/queries.ts'
import { renderReport } from '../reports/rendered.ts'
import { actorOf } from '../staff/attempt.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { letTakeLong } from '../web/waiting.ts'
import { needsTwo } from './publication.ts'
import { approveReport } from './report-approval.ts'

const Params = Type.Object({ slug: Type.String(), id: Id })
const params = { schema: { params: Params } }
const PublishForm = Type.Object({
  seen: Type.String({ maxLength: 64 }),
  when: Type.Optional(Type.Enum(['now', 'later'])),
  at: Type.String({ default: '', maxLength: 40 })
})
type Asked = { incident: Incident; draft: Draft; url: string }
type Typed = Partial<Static<typeof PublishForm>>

/** Reports of an incident: which there are, and publishing them by two people. */
export async function reportPages(app: FastifyInstance, portal: Portal) {
  const { config, db, longDb } = portal

  app.get('/incidents/:slug/reports', async (request, reply) => {
    const incident = await findIncident(db, (request.params as { slug: string }).slug)
    if (!incident) return reply.callNotFound()
    const drafts = await listDrafts(db, incident.id)
    const reports = await Promise.all(
      drafts.map(async draft => {
        const revisions = await listRevisions(db, draft.id)
        const last = revisions.at(-1)
        const undecided = draft.visible && last && last.revision > 1 && last.notify === null
        return { ...draft, undecided, revisions, standing: stateOf(draft, last) }
      })
    )
    return reply.page('desk/reports', {
      ...{
        tab: 'incidents',
        incident,
        zone: incident.zone,
        reports,
        url: `/desk/incidents/${incident.slug}/reports`
      }
    })
  })

  app.get('/incidents/:slug/reports/:id/publish', params, async (request, reply) => {
    const asked = await findAsked(request)
    return asked ? showPublish(request, reply, asked) : reply.callNotFound()
  })

  app.post('/incidents/:slug/reports/:id/propose', params, async (request, reply) => {
    const asked = await findAsked(request)
    if (!asked) return reply.callNotFound()
    const read = await readPublishing(request, asked)
    if ('errors' in read) return showPublish(request, reply.code(400), asked, read)
    letTakeLong(request)
    const { incident, draft, url } = asked
    const proposal = {
      incidentId: incident.id,
      id: draft.id,
      actor: actorOf(signedInStaff(request)),
      ...read
    }
    const outcome = await longDb.transaction().execute(tx => proposeReport(tx, proposal))
    if (outcome === 'proposed' || outcome === 'gone') return reply.redirect(`${url}/publish`, 303)
    return showAgain(request, reply, outcome)
  })

  app.post('/incidents/:slug/reports/:id/publish', params, async (request, reply) => {
    const asked = await findAsked(request)
    if (!asked) return reply.callNotFound()
    const read = await readPublishing(request, asked)
    if ('errors' in read) return showPublish(request, reply.code(400), asked, read)
    letTakeLong(request)
    const { incident, draft, url } = asked
    const publishing = {
      ...{ incidentId: incident.id, id: draft.id, actor: actorOf(signedInStaff(request)) },
      ...{ two: await needsTwo(db, config), ...read }
    }
    const done = await longDb.transaction().execute(tx => approveReport(tx, publishing))
    if (done.outcome === 'published' && done.revision > 1) return reply.redirect(`${url}/notify`, 303)
    if (done.outcome === 'published' || done.outcome === 'scheduled' || done.outcome === 'gone')
      return reply.redirect(`${url}/publish`, 303)
    return showAgain(request, reply, done.outcome)
  })

  app.post('/incidents/:slug/reports/:id/back', params, async (request, reply) => {
    const asked = await findAsked(request)
    if (!asked) return reply.callNotFound()
    const place = placeOf(request, asked)
    await db.transaction().execute(tx => takeBack(tx, place))
    return reply.redirect(asked.url, 303)
  })

  app.post('/incidents/:slug/reports/:id/discard', params, async (request, reply) => {
    const asked = await findAsked(request)
    if (!asked) return reply.callNotFound()
    await discardChanges(db, actorOf(signedInStaff(request)), placeOf(request, asked))
    return reply.redirect(asked.url, 303)
  })

  app.post('/incidents/:slug/reports/:id/delete', params, async (request, reply) => {
    const asked = await findAsked(request)
    if (!asked) return reply.callNotFound()
    if (!(await deleteDraft(db, actorOf(signedInStaff(request)), placeOf(request, asked))))
      return reply.redirect(asked.url, 303)
    return reply.redirect(`/desk/incidents/${asked.incident.slug}/reports`, 303)
  })

  async function findAsked(request: FastifyRequest): Promise<Asked | undefined> {
    const { slug, id } = request.params as Static<typeof Params>
    const incident = await findIncident(db, slug)
    const draft = incident && (await findDraft(db, incident.id, id))
    return incident && draft && { incident, draft, url: `/desk/incidents/${slug}/reports/${id}` }
  }

  /** What was seen, and the time that is wanted, with the second factor. */
  async function readPublishing(request: FastifyRequest, { incident }: Asked) {
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
    const asked = await findAsked(request)
    if (!asked) return reply.callNotFound()
    const status = outcome === 'moved' || outcome === 'unfit' ? 400 : 403
    const errors = [{ field: 'publish', text: `errors.report_${outcome}` }]
    return showPublish(request, reply.code(status), asked, { errors })
  }

  async function showPublish(
    request: FastifyRequest,
    reply: FastifyReply,
    { incident, draft, url }: Asked,
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

  function placeOf(request: FastifyRequest, { incident, draft }: Asked) {
    return { incidentId: incident.id, id: draft.id, actor: actorOf(signedInStaff(request)) }
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
