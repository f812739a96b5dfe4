import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Role } from '../database/tables.ts'
import { onlyStaff } from '../web/access.ts'
import { eventStreams } from '../web/events.ts'
import { languageOf } from '../web/language.ts'
import type { Portal } from '../web/portal.ts'
import { useQueueReports } from './queue.ts'
import { freshFor, type Snapshot, takeSnapshot } from './snapshot.ts'

const roles: Role[] = ['operator', 'admin']

/** How things are at this moment, to look at and to load again. */
export async function livePages(app: FastifyInstance, { config, db }: Portal) {
  app.addHook('onRequest', onlyStaff(roles, config.https))
  useQueueReports(app, db)

  app.get('/', async (_request, reply) => {
    return reply.page('live/overview', { now: await takeSnapshot(db), tab: 'live' })
  })
}

/** The same, sent anew every 2 s. */
export async function liveEvents(app: FastifyInstance, portal: Portal) {
  app.addHook('onRequest', onlyStaff(roles, portal.config.https))
  const fragment = sharedFragments()
  const stream = eventStreams(app, portal, roles)

  app.get('/events', { exposeHeadRoute: false }, (request, reply) =>
    stream(request, reply, async () => ({
      html: fragment(reply, await takeSnapshot(portal.db)),
      again: freshFor
    }))
  )
}

/** Draws a snapshot once a language, for all who watch: there is nothing personal in it. */
function sharedFragments() {
  const drawn = new WeakMap<Snapshot, Partial<Record<string, string>>>()
  return (reply: FastifyReply, now: Snapshot): string => {
    const language = languageOf(reply.request)
    const known = drawn.get(now) ?? {}
    drawn.set(now, known)
    known[language] ??= reply.drawn('live/now', { now })
    return known[language]
  }
}
