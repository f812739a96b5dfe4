import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../audit/record.ts'
import { changeIncident, createIncident, moveIncident } from '../incidents/change.ts'
import { readDescription } from '../incidents/description.ts'
import {
  countStandingScopes,
  findIncident,
  findVirtualDomains,
  type Incident,
  listIncidents
} from '../incidents/queries.ts'
import { proposeTexts, textsOf } from '../incidents/texts.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { type FieldError, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { errorsOf, Form, formOf, typedIn, type Values } from './incident-form.ts'
import { showIncident } from './incident-view.ts'
import { needsTwo } from './publication.ts'

const StateForm = Type.Object({ state: Type.Enum(['published', 'closed']) })

/** Incidents: which there are, new ones, their texts and states. */
export async function incidentPages(app: FastifyInstance, portal: Portal) {
  const { config, db } = portal

  app.get('/', async (_request, reply) => {
    return reply.page('desk/incidents', { tab: 'incidents', incidents: await listIncidents(db) })
  })

  app.get('/incidents/new', (_request, reply) => showForm(reply, { values: formOf(undefined) }))

  app.post('/incidents/new', async (request, reply) => {
    const { values, errors } = readForm(Form, request.body)
    if (errors) return reply.failed(400)
    const read = readDescription(typedIn(values))
    if ('mistakes' in read)
      return showForm(reply.code(400), { values, errors: errorsOf(read.mistakes, values) })
    if (!(await createIncident(db, actorOf(signedInStaff(request)), read)))
      return showForm(reply.code(400), { values, errors: [{ field: 'slug', text: 'errors.incident_taken' }] })
    return reply.redirect(`/desk/incidents/${read.slug}`, 303)
  })

  app.get('/incidents/:slug', async (request, reply) => {
    const incident = await findAsked(request)
    return incident ? showIncident(portal, reply, incident) : reply.callNotFound()
  })

  app.get('/incidents/:slug/edit', async (request, reply) => {
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    return showForm(reply, { values: formOf(incident), incident })
  })

  app.post('/incidents/:slug/edit', async (request, reply) => {
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    const { values, errors } = readForm(Form, request.body)
    if (errors) return reply.failed(400)
    // What is fixed is not in the form.
    const fixed = await isFixed(incident)
    const known = formOf(incident)
    const facts = fixed ? { from: known.from, to: known.to, zone: known.zone, domains: known.domains } : {}
    const asked = { ...values, ...facts, slug: incident.slug }
    const read = readDescription(typedIn(asked))
    if ('mistakes' in read)
      return showForm(reply.code(400), { values: asked, incident, errors: errorsOf(read.mistakes, asked) })
    // The form tells whole seconds.
    const times = fixed ? { starts_at: incident.starts_at, ends_at: incident.ends_at } : {}
    // Members read it at once.
    if (incident.state !== 'draft' && !(await isConfirmed(portal, request)))
      return showForm(reply.code(400), {
        ...{ values: asked, incident, errors: [{ field: 'code', text: 'errors.code' }] }
      })
    const actor = actorOf(signedInStaff(request))
    if (incident.state !== 'draft' && (await needsTwo(db, config))) {
      if (JSON.stringify(textsOf(read)) !== JSON.stringify(textsOf(incident)))
        await db.transaction().execute(tx => proposeTexts(tx, incident.id, { actor, texts: textsOf(read) }))
      return reply.redirect(`/desk/incidents/${incident.slug}`, 303)
    }
    if (await changeIncident(db, actor, incident.id, { ...read, ...times }))
      return reply.redirect(`/desk/incidents/${incident.slug}`, 303)
    const refused = [{ field: 'from', text: 'errors.incident_fixed' }]
    return showForm(reply.code(400), { values: asked, incident, errors: refused })
  })

  app.post('/incidents/:slug/state', async (request, reply) => {
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    const { values, errors } = readForm(StateForm, request.body)
    if (errors || (values.state === 'closed' && incident.state === 'draft')) return reply.failed(400)
    if (!(await isConfirmed(portal, request)))
      return showIncident(portal, reply.code(400), incident, [{ field: 'code', text: 'errors.code' }])
    await moveIncident(db, actorOf(signedInStaff(request)), incident, values.state)
    return reply.redirect(`/desk/incidents/${incident.slug}`, 303)
  })

  function findAsked(request: FastifyRequest): Promise<Incident | undefined> {
    return findIncident(db, (request.params as { slug: string }).slug)
  }

  async function isFixed(incident: Incident): Promise<boolean> {
    return incident.state !== 'draft' || (await countStandingScopes(db, incident.id)) > 0
  }

  type FormView = { values: Values; incident?: Incident; errors?: FieldError[] }

  async function showForm(reply: FastifyReply, { values, incident, errors }: FormView) {
    const fixed = incident !== undefined && (await isFixed(incident))
    const known = incident ? await findVirtualDomains(db, incident.domains) : []
    const virtual = known.map(({ name }) => name)
    const two = incident !== undefined && incident.state !== 'draft' && (await needsTwo(db, config))
    return reply.page('desk/incident-form', {
      ...{ tab: 'incidents', values, incident, fixed, two, virtual, errors }
    })
  }
}
