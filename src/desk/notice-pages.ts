import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf, record } from '../audit/record.ts'
import { sendCsv } from '../csv/write.ts'
import { findIncident, type Incident } from '../incidents/queries.ts'
import { type Decision, decideUnknown, decisions, listCauses } from '../notices/decide.ts'
import { listRest } from '../notices/ledger.ts'
import { textOf } from '../notices/message.ts'
import { planAndRecord, sum } from '../notices/plan.ts'
import {
  cancelPlanned,
  changeSending,
  findPublishedScope,
  findSending,
  type Rates
} from '../notices/queries.ts'
import { countReportNotices } from '../notices/report-notices.ts'
import { foreseePlan } from '../notices/samples.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { letTakeLong } from '../web/waiting.ts'
import { lookAtLedger } from './ledger.ts'
import { readRates, seenOf } from './notice-rates.ts'
import { proposeRate } from './proposed-rate.ts'

/** Of those whose fate nobody knows, as many are listed of each cause. */
const unknownShown = 50

const DecisionForm = Type.Object({
  decision: Type.Enum([...decisions]),
  grounds: Type.String({ pattern: '\\S', maxLength: 300 }),
  cause: Type.String({ maxLength: 10_000 }),
  until: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[.]\\d{3}Z$' }),
  all: Type.Enum(['yes', 'no'], { default: 'no' }),
  id: Type.Union([Id, Type.Array(Id, { maxItems: unknownShown })], { default: [] })
})
const SwitchForm = Type.Object({ to: Type.Enum(['on', 'paused', 'cancelled']) })

/** The ledger of an incident: planning, sending, and where every affected address stands. */
export async function noticePages(app: FastifyInstance, portal: Portal) {
  const { config, db, longDb } = portal

  app.get('/incidents/:slug/notices', async (request, reply) => {
    const incident = await findAsked(request)
    return incident ? showLedger(request, reply, incident) : reply.callNotFound()
  })

  app.get('/incidents/:slug/notices/plan', async (request, reply) => {
    const incident = await findAsked(request)
    return incident ? showPlan(request, reply, incident) : reply.callNotFound()
  })

  app.post('/incidents/:slug/notices/plan', async (request, reply) => {
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    if (!(await isConfirmed(portal, request))) return showPlan(request, reply.code(400), incident, wrongCode)
    letTakeLong(request)
    const actor = actorOf(signedInStaff(request))
    await longDb.transaction().execute(tx => planAndRecord(tx, incident.id, actor))
    return reply.redirect(pageOf(incident), 303)
  })

  app.post('/incidents/:slug/notices/rate', async (request, reply) => {
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    const rates = readRates(request.body, incident, await findSending(db, incident.id))
    if (Array.isArray(rates)) return showLedger(request, reply.code(400), incident, rates)
    await change(request, incident, rates)
    return reply.redirect(pageOf(incident), 303)
  })

  app.post('/incidents/:slug/notices/switch', async (request, reply) => {
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    const { values } = readForm(SwitchForm, request.body)
    if (!values) return reply.failed(400)
    // Stopping is for everybody at once; what sends or gives up is confirmed.
    if (values.to !== 'paused' && !(await isConfirmed(portal, request)))
      return showLedger(request, reply.code(400), incident, wrongCode)
    if (values.to === 'cancelled') await cancel(request, incident)
    else await change(request, incident, { paused: values.to === 'paused' })
    return reply.redirect(pageOf(incident), 303)
  })

  app.post('/incidents/:slug/notices/unknown', async (request, reply) => {
    const incident = await findAsked(request)
    if (!incident) return reply.callNotFound()
    const { values, errors } = readForm(DecisionForm, request.body)
    if (!values) return showLedger(request, reply.code(400), incident, errors)
    if (Number.isNaN(Date.parse(values.until))) return showLedger(request, reply.code(400), incident, noTime)
    if (!(await isConfirmed(portal, request)))
      return showLedger(request, reply.code(400), incident, wrongCode)
    const actor = actorOf(signedInStaff(request))
    const { decision, cause, grounds, until, all, id } = values
    const decided = { decision: decision as Decision, cause, reason: grounds.trim(), until: new Date(until) }
    const ids = all === 'yes' ? undefined : [id].flat()
    await longDb.transaction().execute(tx => decideUnknown(tx, incident.id, { ...decided, ids, actor }))
    return reply.redirect(pageOf(incident), 303)
  })

  app.post('/incidents/:slug/notices/rest.csv', async (request, reply) => {
    const incident = await findAsked(request)
    const scope = incident && (await findPublishedScope(db, incident.id))
    if (!incident || !scope) return reply.callNotFound()
    letTakeLong(request)
    const rows = await listRest(longDb, incident.id, scope.id)
    const actor = actorOf(signedInStaff(request))
    const details = { what: 'notices', addresses: rows.length }
    await record(db, { actor, action: 'export', incidentId: incident.id, details })
    const header = [
      'login_id',
      'name',
      'contact_email',
      'email',
      'standing',
      'recipient',
      'response'
    ] as const
    return sendCsv(
      reply,
      `${incident.slug}-rest.csv`,
      [...header],
      inTurn(rows.map(row => header.map(name => row[name])))
    )
  })

  function findAsked(request: FastifyRequest) {
    return findIncident(db, (request.params as { slug: string }).slug)
  }

  async function showLedger(
    request: FastifyRequest,
    reply: FastifyReply,
    incident: Incident,
    errors?: FieldError[]
  ) {
    letTakeLong(request)
    const view = await lookAtLedger(longDb, incident.id)
    const causes = view.sending ? await listCauses(db, incident.id, unknownShown) : []
    const proposal = view.sending && (await proposeRate(db, incident.id))
    const reports = await countReportNotices(db, incident.id)
    // What a colleague has set meanwhile is shown, not what was typed.
    const kept = errors?.some(({ text }) => text === 'errors.rates_changed') ? {} : (request.body ?? {})
    return reply.page('desk/notices', {
      ...{ tab: 'incidents', incident, zone: incident.zone, ...view, reports, causes, proposal, errors },
      seen: seenOf(view.sending),
      ...{ values: kept, decisions, backTo: pageOf(incident) }
    })
  }

  async function showPlan(
    request: FastifyRequest,
    reply: FastifyReply,
    incident: Incident,
    errors?: FieldError[]
  ) {
    letTakeLong(request)
    const foreseen = await foreseePlan(longDb, incident.id)
    if (!foreseen) return reply.redirect(pageOf(incident), 303)
    const { plan, samples } = foreseen
    const texts = samples.map(sample => ({ ...sample, text: textOf(sample, incident, config) }))
    const totals = { notices: sum(plan, 'notices'), addresses: sum(plan, 'addresses') }
    return reply.page('desk/notice-plan', {
      ...{ tab: 'incidents', incident, zone: incident.zone, plan, totals, texts, errors },
      backTo: `${pageOf(incident)}/plan`
    })
  }

  function change(request: FastifyRequest, { id }: Incident, rates: Rates) {
    const actor = actorOf(signedInStaff(request))
    return db.transaction().execute(tx => changeSending(tx, id, { actor, rates }))
  }

  async function cancel(request: FastifyRequest, { id: incidentId }: Incident) {
    const actor = actorOf(signedInStaff(request))
    await longDb.transaction().execute(async tx => {
      const notices = await cancelPlanned(tx, incidentId)
      await record(tx, { actor, action: 'notices cancelled', incidentId, details: { notices } })
    })
  }
}

const wrongCode = [{ field: 'code', text: 'errors.code' }]
const noTime = [{ field: 'until', text: 'errors.until' }]

function pageOf({ slug }: Incident): string {
  return `/desk/incidents/${slug}/notices`
}

async function* inTurn<T>(rows: T[]) {
  yield* rows
}
