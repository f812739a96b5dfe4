import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { actorOf } from '../audit/record.ts'
import type { Incident } from '../incidents/queries.ts'
import { createDraft, saveDraft, stateOf, type Written } from '../reports/drafts.ts'
import type { Facts } from '../reports/facts.ts'
import { placeholders, valuesOf } from '../reports/placeholders.ts'
import { type Draft, findFactsOf, listRevisions } from '../reports/queries.ts'
import { renderReport } from '../reports/rendered.ts'
import { onlyStaffKeeping, signedInStaff } from '../web/access.ts'
import { type FieldError, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { findAskedIncident, findAskedReport, listOf, ofReport } from './report-asked.ts'
import { cutShort, emptyReport, mistakesIn, ReportForm, textFields, writtenIn } from './report-form.ts'

/** Japanese takes nine bytes a character in a form. */
const long = { bodyLimit: 1024 * 1024 }

type View = {
  values: Written
  version: number
  draft?: Draft | undefined
  errors?: FieldError[]
  /** What somebody else saved meanwhile. */
  theirs?: Draft | undefined
  previewed?: boolean
}

/** Writing reports, Japanese and English side by side. */
export async function reportFormPages(app: FastifyInstance, portal: Portal) {
  const { config, db } = portal
  onlyStaffKeeping(app, ['operator', 'admin'], { https: config.https, giveBack })

  app.get('/incidents/:slug/reports/new', async (request, reply) => {
    const incident = await findAskedIncident(db, request)
    return incident ? showForm(reply, incident, { values: emptyReport, version: 0 }) : reply.callNotFound()
  })

  app.post('/incidents/:slug/reports/new', long, async (request, reply) => {
    const incident = await findAskedIncident(db, request)
    if (!incident) return reply.callNotFound()
    const { values: form } = readForm(ReportForm, request.body)
    if (!form) return reply.failed(400)
    const view = { values: writtenIn(form), version: 0 }
    const errors = mistakesIn(view.values)
    if (form.do === 'preview') return showForm(reply, incident, { ...view, errors, previewed: true })
    if (errors.length > 0) return showForm(reply.code(400), incident, { ...view, errors })
    const actor = actorOf(signedInStaff(request))
    const id = await createDraft(db, actor, { incidentId: incident.id, text: view.values })
    return reply.redirect(`${listOf(incident)}/${id}`, 303)
  })

  app.get('/incidents/:slug/reports/:id', ofReport, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    if (!asked) return reply.callNotFound()
    const { incident, draft } = asked
    return showForm(reply, incident, { values: draft, version: draft.version, draft })
  })

  app.post('/incidents/:slug/reports/:id', { ...ofReport, ...long }, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    if (!asked) return giveBack(request, reply)
    const { values: form } = readForm(ReportForm, request.body)
    if (!form) return reply.failed(400)
    const { incident, draft } = asked
    const view = { values: writtenIn(form), version: Number(form.version), draft }
    const errors = mistakesIn(view.values)
    if (form.do === 'preview') return showForm(reply, incident, { ...view, errors, previewed: true })
    if (errors.length > 0) return showForm(reply.code(400), incident, { ...view, errors })
    const actor = actorOf(signedInStaff(request))
    const saving = { incidentId: incident.id, id: draft.id, version: view.version, text: view.values }
    const outcome = await saveDraft(db, actor, saving)
    if (outcome === 'saved') return reply.redirect(`${listOf(incident)}/${draft.id}`, 303)
    return showAgain(request, reply, { ...view, incident, outcome })
  })

  app.post('/incidents/:slug/reports/preview', long, async (request, reply) => {
    const incident = await findAskedIncident(db, request)
    if (!incident) return reply.callNotFound()
    const { values: form } = readForm(ReportForm, request.body)
    if (!form) return reply.failed(400)
    const values = writtenIn(form)
    const shown = { values, version: 0, errors: mistakesIn(values), previewed: true }
    reply.type('text/html; charset=utf-8')
    return reply.send(reply.drawn('desk/report-preview', await dataOf(incident, shown)))
  })

  /** Nothing was saved, and what was typed comes back, beside what is there now. */
  async function showAgain(
    request: FastifyRequest,
    reply: FastifyReply,
    { incident, outcome, ...view }: View & { incident: Incident; outcome: 'moved' | 'scheduled' | 'gone' }
  ) {
    const theirs = (await findAskedReport(db, request))?.draft
    if (!theirs) return giveBack(request, reply)
    const text = outcome === 'moved' ? 'errors.report_theirs' : `errors.report_${outcome}`
    const field = textFields.find(name => theirs[name] !== view.values[name]) ?? 'body_ja'
    const errors = [{ field, text, values: { by: theirs.changed_by } }]
    const version = outcome === 'moved' ? theirs.version : view.version
    return showForm(reply.code(409), incident, { ...view, version, draft: theirs, theirs, errors })
  }

  async function showForm(reply: FastifyReply, incident: Incident, view: View) {
    return reply.page('desk/report-form', await dataOf(incident, view))
  }

  async function dataOf(incident: Incident, { draft, theirs, ...view }: View) {
    const facts = await findFactsOf(db, incident.id)
    const published = draft && (await listRevisions(db, draft.id)).at(-1)
    return {
      ...{ tab: 'incidents', incident, zone: incident.zone, ...view, draft },
      ...{ state: draft && stateOf(draft, published), url: listOf(incident) },
      ...{ rendered: renderReport(cutShort(view.values), facts), blanks: blanksOf(facts) },
      theirs:
        theirs &&
        textFields
          .filter(field => theirs[field] !== view.values[field])
          .map(field => ({
            field,
            text: theirs[field]
          }))
    }
  }
}

/** Each placeholder with what it reads as now. */
function blanksOf(facts: Facts) {
  const [ja, en] = [valuesOf(facts, 'ja'), valuesOf(facts, 'en')]
  return (Object.keys(placeholders) as (keyof typeof placeholders)[]).map(name => ({
    ...{ name, ja: ja[name], en: en[name] }
  }))
}

/** For whoever typed it: the session is over, or the report is gone. */
function giveBack(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const ended = !request.session.staff
  const code = ended ? 403 : 404
  const { values: form } = readForm(ReportForm, request.body)
  if (!form) return reply.failed(code)
  const values = writtenIn(form)
  return reply.code(code).page('desk/report-kept', {
    ended,
    values,
    version: form.version,
    url: request.url,
    textFields
  })
}
