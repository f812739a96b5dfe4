import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Milliseconds in which a request has to be there as a whole. */
    receivedWithin?: number
  }
}

/** Who sends slower than this holds up a connection; files on slow lines are told apart by their route. */
const usual = 30_000

/** Closes connections whose request does not come to its end. The server's own limit would make no exception. */
export function limitBodies(app: FastifyInstance) {
  app.addHook('onRequest', async ({ raw, headers, routeOptions }) => {
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
    const limit = setTimeout(() => {
      if (!raw.complete) raw.destroy()
    }, routeOptions.config?.receivedWithin ?? usual)
    limit.unref()
    raw.once('close', () => clearTimeout(limit))
  })
}

/** For an answer that takes longer than a silent connection usually lives. */
export function letTakeLong({ raw }: FastifyRequest) {
  // In tests there may be no real connection.
  if ('setTimeout' in raw.socket) raw.socket.setTimeout(0)
}
