import type { FastifyInstance } from 'fastify'
import { only } from '../web/access.ts'
import type { Portal } from '../web/portal.ts'

export async function businessPages(app: FastifyInstance, { config }: Portal) {
  app.addHook('onRequest', only('business', config.https))
}
