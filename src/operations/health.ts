import type { FastifyInstance } from 'fastify'
import type { Portal } from '../web/portal.ts'

/** `/healthz`: the process answers. `/readyz`: it can serve, with its database, and is not stopping. */
export async function healthPages(app: FastifyInstance, { pool }: Portal) {
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.get('/healthz', { logLevel: 'silent' }, async (_request, reply) =>
    reply.type('text/plain').send('ok\n')
  )
  app.get('/readyz', { logLevel: 'silent' }, async (_request, reply) => {
    const ready =
      !stopping &&
      (await pool.query('select 1').then(
        () => true,
        () => false
      ))
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'not ready\n')
  })
}
