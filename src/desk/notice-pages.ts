import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { record } from '../audit/record.ts'
import { sendCsv } from '../csv/write.ts'
import { findIncident, type Incident } from '../incidents/queries.ts'
import { timeReader } from '../incidents/time.ts'
import { drawTimeline } from '../lost-messages/timeline.ts'
import { countLedger, listRest, standings } from '../notices/ledger.ts'
import { textOf } from '../notices/message.ts'
import { planAndRecord, sum } from '../notices/plan.ts'
import { findProgress } from '../notices/progress.ts'
import {
  cancelPlanned,
  changeSending,
  findPublishedScope,
  findSending,
  listUnknown,
  type Rates
} from '../notices/queries.ts'
import { countReportNotices } from '../notices/report-notices.ts'
import { foreseePlan } from '../notices/samples.ts'
import { actorOf } from '../staff/attempt.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { type FieldError, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { letTakeLong } from '../web/waiting.ts'

const RateForm = Type.Object({
  rate: Type.String({ pattern: '^\\s*[0-9]{1,5}([.][0-9])?\\s*$' }),
  domain_rate: Type.String({ pattern: '^\\s*([0-9]{1,5}([.][0-9])?)?\\s*$', default: '' }),
  deadline: Type.String({ default: '', maxLength: 40 })
})
const SwitchForm = Type.Object({ to: Type.Enum(['on', 'paused', 'cancelled']) })

/** Of those whose fate nobody knows, as many are listed. */
const unknownShown = 50

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
    const { values, errors } = readForm(RateForm, request.body)
    const rates = values && readRates(values, incident)
    if (!rates || Array.isArray(rates)) return showLedger(request, reply.code(400), incident, rates ?? errors)
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
    const [scope, sending] = await Promise.all([
      findPublishedScope(db, incident.id),
      findSending(db, incident.id)
    ])
    const ledger = scope && (await countLedger(longDb, incident.id, scope.id))
    const progress = sending && (await findProgress(longDb, incident.id, sending))
    const reports = await countReportNotices(db, incident.id)
    const unknown = sending ? await listUnknown(db, incident.id) : []
    const to = sending?.deadline ?? new Date()
    const chart = progress?.first && drawTimeline(progress.first, laterOf(to, new Date()), progress.sent)
    return reply.page('desk/notices', {
      ...{
        tab: 'incidents',
        incident,
        zone: incident.zone,
        scope,
        sending,
        ledger,
        progress,
        standings,
        errors
      },
      ...{ chart, reports, unknown: unknown.slice(0, unknownShown), backTo: pageOf(incident) }
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

function pageOf({ slug }: Incident): string {
  return `/desk/incidents/${slug}/notices`
}

function readRates(
  { rate, domain_rate, deadline }: Static<typeof RateForm>,
  { zone }: Incident
): Rates | FieldError[] {
  const [all, one] = [Number(rate), Number(domain_rate)]
  if (all <= 0) return [{ field: 'rate', text: 'errors.rate' }]
  if (deadline.trim() === '') return { rate: all, domainRate: one || null, deadline: null }
  const read = timeReader(zone)(deadline.trim())
  if ('problem' in read) return [{ field: 'deadline', text: 'errors.deadline' }]
  return { rate: all, domainRate: one || null, deadline: read.time }
}

function laterOf(one: Date, other: Date): Date {
  return one > other ? one : other
}

async function* inTurn<T>(rows: T[]) {
  yield* rows
}
