import type { FastifyInstance } from 'fastify'
import { deleteDraft, discardChanges, stateOf } from '../reports/drafts.ts'
import type { Facts } from '../reports/facts.ts'
import { type Draft, findFactsOf, listDrafts, listRevisions } from '../reports/queries.ts'
import { titleIn } from '../reports/rendered.ts'
import { takeBack } from '../reports/take-back.ts'
import type { Portal } from '../web/portal.ts'
import { findAskedIncident, findAskedReport, listOf, ofReport, placeOf } from './report-asked.ts'

/** Reports of an incident: which there are, and how one goes back to what it was. */
export async function reportPages(app: FastifyInstance, { db }: Portal) {
  app.get('/incidents/:slug/reports', async (request, reply) => {
    const incident = await findAskedIncident(db, request)
    if (!incident) return reply.callNotFound()
    const facts = await findFactsOf(db, incident.id)
    const drafts = await listDrafts(db, incident.id)
    const reports = await Promise.all(drafts.map(draft => withStanding(draft, facts)))
    const url = listOf(incident)
    return reply.page('desk/reports', { tab: 'incidents', incident, zone: incident.zone, reports, url })
  })

  app.post('/incidents/:slug/reports/:id/back', ofReport, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    if (!asked) return reply.callNotFound()
    await db.transaction().execute(tx => takeBack(tx, placeOf(request, asked)))
    return reply.redirect(asked.url, 303)
  })

  app.post('/incidents/:slug/reports/:id/discard', ofReport, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    if (!asked) return reply.callNotFound()
    await discardChanges(db, placeOf(request, asked))
    return reply.redirect(asked.url, 303)
  })

  app.post('/incidents/:slug/reports/:id/delete', ofReport, async (request, reply) => {
    const asked = await findAskedReport(db, request)
    if (!asked) return reply.callNotFound()
    const gone = await deleteDraft(db, placeOf(request, asked))
    return reply.redirect(gone ? asked.list : asked.url, 303)
  })

  async function withStanding(draft: Draft, facts: Facts) {
    const revisions = await listRevisions(db, draft.id)
    const last = revisions.at(-1)
    const undecided = draft.visible && last && last.revision > 1 && last.notify === null
    const titles = { title_ja: titleIn('ja', draft, facts), title_en: titleIn('en', draft, facts) }
    return { ...draft, ...titles, undecided, revisions, standing: stateOf(draft, last) }
  }
}
