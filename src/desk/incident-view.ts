import type { FastifyReply } from 'fastify'
import { findVirtualDomains, type Incident } from '../incidents/queries.ts'
import { proposedTexts } from '../incidents/texts.ts'
import { isProposed as isProposedReport } from '../reports/drafts.ts'
import { listDrafts } from '../reports/queries.ts'
import { isProposed, isPublishable, isWithdrawalProposed } from '../scopes/propose.ts'
import { listScopes, type Scope } from '../scopes/queries.ts'
import type { FieldError } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { listJobs } from './queries.ts'
import { largest } from './upload.ts'

/** The page of one incident: its facts and state, its versions, and the loads that were started here. */
export async function showIncident(
  { db }: Portal,
  reply: FastifyReply,
  incident: Incident,
  errors?: FieldError[]
) {
  const [virtual, scopes, jobs, reports] = await Promise.all([
    findVirtualDomains(db, incident.domains),
    listScopes(db, incident.id),
    listJobs(db, incident.id),
    listDrafts(db, incident.id)
  ])
  return reply.page('desk/incident', {
    ...{ tab: 'incidents', incident, scopes: scopes.toReversed().map(waiting), jobs, errors, largest },
    virtual: virtual.map(({ name }) => name),
    proposedReports: reports.filter(isProposedReport).length,
    running: jobs.some(({ state }) => state === 'running'),
    texts: proposedTexts(incident),
    zone: incident.zone
  })
}

/** A version with what a second person has to agree to, if anything. */
function waiting(scope: Scope) {
  const publish = isPublishable(scope) && isProposed(scope)
  const withdraw = scope.state === 'published' && isWithdrawalProposed(scope)
  const what = publish ? 'publish' : withdraw ? 'withdraw' : undefined
  const by = publish ? scope.proposed_by : scope.withdrawal_proposed_by
  return { ...scope, waits: what && { what, by } }
}
