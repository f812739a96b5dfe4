import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { actorOf } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { findIncident, type Incident } from '../incidents/queries.ts'
import { type Draft, findDraft } from '../reports/queries.ts'
import { signedInStaff } from '../web/access.ts'
import { Id } from '../web/forms.ts'

const Params = Type.Object({ slug: Type.String(), id: Id })
export const ofReport = { schema: { params: Params } }

/** `list` and `url` are the addresses of all reports of the incident and of this one. */
export type AskedReport = { incident: Incident; draft: Draft; list: string; url: string }

export function findAskedIncident(db: Database, request: FastifyRequest): Promise<Incident | undefined> {
  return findIncident(db, (request.params as { slug: string }).slug)
}

export async function findAskedReport(
  db: Database,
  request: FastifyRequest
): Promise<AskedReport | undefined> {
  const incident = await findAskedIncident(db, request)
  const { id } = request.params as Static<typeof Params>
  const draft = incident && (await findDraft(db, incident.id, id))
  const list = incident && listOf(incident)
  return incident && draft && list ? { incident, draft, list, url: `${list}/${id}` } : undefined
}

export function listOf({ slug }: Incident): string {
  return `/desk/incidents/${slug}/reports`
}

/** Who does something to which report. */
export function placeOf(request: FastifyRequest, { incident, draft }: AskedReport) {
  return { incidentId: incident.id, id: draft.id, actor: actorOf(signedInStaff(request)) }
}
