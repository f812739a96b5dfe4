import { finished, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Role } from '../database/tables.ts'
import type { Portal } from './portal.ts'
import { watchStaffSession } from './sessions.ts'

/** Milliseconds after which a stream ends, and the browser begins another. */
const longestStream = 600_000

export type Shown = {
  /** Takes the place of what the page has. */
  html: string
  /** Said aloud by a screen reader, where it is other words than before. */
  status?: string
  /** Nothing new will come. */
  done?: boolean
  /** Milliseconds until the next. */
  again: number
}

/**
 * Parts of pages that are sent anew for as long as one of the staff may see them. Such a stream keeps no session alive,
 * and ends when the process does.
 */
export function eventStreams(app: FastifyInstance, { pool }: Pick<Portal, 'pool'>, roles: Role[]) {
  const streams = new Set<AbortController>()
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.abort()
  })

  return (request: FastifyRequest, reply: FastifyReply, show: () => Promise<Shown>) => {
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
    return reply
      .type('text/event-stream')
      .send(Readable.from(eventsOf(request.session.sessionId, ending, show)))
  }

  async function* eventsOf(
    sessionId: string,
    ending: AbortSignal,
    show: () => Promise<Shown>
  ): AsyncGenerator<string, void> {
    yield 'retry: 2000\n\n'
    while (!ending.aborted) {
      // The browser would begin another stream, and be sent to the login.
      if (!(await mayWatch(sessionId))) {
        yield eventOf('over', '')
        return
      }
      const { html, status, done, again } = await show()
      yield eventOf('message', html)
      if (status !== undefined) yield eventOf('status', status)
      if (done) {
        yield eventOf('done', '')
        return
      }
      await sleep(again, undefined, { signal: ending }).catch(() => {})
    }
  }

  async function mayWatch(sessionId: string): Promise<boolean> {
    const staff = await watchStaffSession(pool, sessionId)
    return staff !== undefined && roles.some(role => role === staff.role)
  }
}

function eventOf(name: string, text: string): string {
  const lines = text.split('\n').map(line => `data:${line && ` ${line}`}\n`)
  return `${name === 'message' ? '' : `event: ${name}\n`}${lines.join('')}\n`
}
