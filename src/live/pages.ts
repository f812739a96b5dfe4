import { finished, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { onlyStaff } from '../web/access.ts'
import { languageOf } from '../web/language.ts'
import type { Portal } from '../web/portal.ts'
import { watchStaffSession } from '../web/sessions.ts'
import { useQueueReports } from './queue.ts'
import { freshFor, type Snapshot, takeSnapshot } from './snapshot.ts'

/** Milliseconds after which a stream ends, and the browser begins another. */
const longestStream = 600_000
const roles = ['operator' as const, 'admin' as const]

/** How things are at this moment, to look at and to load again. */
export async function livePages(app: FastifyInstance, { config, db }: Portal) {
  app.addHook('onRequest', onlyStaff(roles, config.https))
  useQueueReports(app, db)

  app.get('/', async (_request, reply) => {
    return reply.page('live/overview', { now: await takeSnapshot(db), tab: 'live' })
  })
}

/** The same, sent anew every 2 s for as long as somebody may see it; such a stream keeps no session alive. */
export async function liveEvents(app: FastifyInstance, { config, db, pool }: Portal) {
  app.addHook('onRequest', onlyStaff(roles, config.https))
  const fragment = sharedFragments()
  const streams = new Set<AbortController>()
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.abort()
  })

  app.get('/events', { exposeHeadRoute: false }, (request, reply) => {
    const stream = new AbortController()
    streams.add(stream)
    // Unlike an event, this also comes for a client that has gone already.
    finished(reply.raw, () => {
      stream.abort()
      streams.delete(stream)
    })
    const ending = AbortSignal.any([stream.signal, AbortSignal.timeout(longestStream)])
    // No proxy may hold back what is sent, and no connection stays open behind it.
    reply.header('x-accel-buffering', 'no').header('connection', 'close')
    const events = eventsFor(reply, request.session.sessionId, ending)
    return reply.type('text/event-stream').send(Readable.from(events))
  })

  async function* eventsFor(reply: FastifyReply, sessionId: string, ending: AbortSignal) {
    yield `retry: ${freshFor}\n\n`
    while (!ending.aborted) {
      // The browser would begin another stream, and be sent to the login.
      if (!(await mayWatch(sessionId))) {
        yield 'event: over\ndata:\n\n'
        return
      }
      const lines = fragment(reply, await takeSnapshot(db)).split('\n')
      yield `${lines.map(line => `data: ${line}`).join('\n')}\n\n`
      await sleep(freshFor, undefined, { signal: ending }).catch(() => {})
    }
  }

  async function mayWatch(sessionId: string): Promise<boolean> {
    const staff = await watchStaffSession(pool, sessionId)
    return staff !== undefined && roles.some(role => role === staff.role)
  }
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
