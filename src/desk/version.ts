import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../database/tables.ts'
import { findIncident, type Incident } from '../incidents/queries.ts'
import { listScopes, type Scope } from '../scopes/queries.ts'

const Version = Type.Object({
  slug: Type.String(),
  version: Type.Integer({ minimum: 1, maximum: 1_000_000 })
})

/** Of a route about one version of a scope. */
export const versionParams = { schema: { params: Version } }

/** `scopes` are all versions of the incident. */
export type AskedVersion = { incident: Incident; scope: Scope; scopes: Scope[]; url: string }

export async function findVersion(db: Database, request: FastifyRequest): Promise<AskedVersion | undefined> {
  const { slug, version } = request.params as Static<typeof Version>
  const incident = await findIncident(db, slug)
  const scopes = incident ? await listScopes(db, incident.id) : []
  const scope = scopes.find(known => known.version === version)
  const url = `/desk/incidents/${slug}/scopes/${version}`
  return incident && scope ? { incident, scope, scopes, url } : undefined
}
