import type { FastifyInstance } from 'fastify'
import type { Incident } from '../incidents/queries.ts'
import { compareScopes } from '../scopes/diff.ts'
import { isProposed, isPublishable } from '../scopes/propose.ts'
import { listIntervals, type Scope, sumByDomain } from '../scopes/queries.ts'
import { listUnmatched, sampleUnmatched } from '../scopes/unmatched.ts'
import type { Portal } from '../web/portal.ts'
import { letTakeLong } from '../web/waiting.ts'
import { drawCoverage, drawIntervals } from './charts.ts'
import { countClaims, groupClaims, listClaims } from './claims.ts'
import { findVersion, versionParams } from './version.ts'

/** Everything about one version of a scope that somebody should have looked at before it is published. */
export async function reviewPages(app: FastifyInstance, { db, longPool }: Portal) {
  app.get('/incidents/:slug/scopes/:version', versionParams, async (request, reply) => {
    const asked = await findVersion(db, request)
    if (!asked) return reply.callNotFound()
    // Of a large scope some of it takes a while.
    letTakeLong(request)
    const { incident, scope, scopes } = asked
    const published = scopes.find(({ state }) => state === 'published')
    return reply.page('desk/scope', {
      ...{ tab: 'incidents', incident, scope, published, zone: incident.zone },
      ...{ proposed: isProposed(scope), publishable: isPublishable(scope) },
      coverage: drawCoverage(incident, scope.coverage),
      ...(await findFigures(incident, scope)),
      difference: published && published !== scope ? await compare(published, scope) : undefined
    })
  })

  async function findFigures(incident: Incident, scope: Scope) {
    const claimsOf = { scopeId: scope.id, incidentId: incident.id, zone: incident.zone }
    const intervals = await listIntervals(db, scope.id)
    return {
      intervals: intervals.length > 0 ? drawIntervals(incident, intervals) : undefined,
      domains: await sumByDomain(longPool, scope.id),
      unmatched: await listUnmatched(longPool, { scopeId: scope.id, zone: incident.zone, out: undefined }),
      samples: await sampleUnmatched(longPool, scope.id),
      claims: {
        ...(await countClaims(db, claimsOf)),
        groups: await groupClaims(db, claimsOf),
        newest: await listClaims(db, incident.id)
      }
    }
  }

  function compare(from: Scope, to: Scope) {
    return compareScopes(longPool, { from, to, out: undefined })
  }
}
