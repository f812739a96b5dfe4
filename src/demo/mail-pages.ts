import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { Id } from '../web/forms.ts'
import type { Catcher } from './catcher.ts'

const shown = 200
const MailParams = Type.Object({ id: Id })

/** What the demo's mail server has taken; there is no such page in production. */
export async function demoMailPages(app: FastifyInstance, { catcher }: { catcher: Catcher }) {
  app.get('/demo/mail', (_request, reply) => {
    const mails = catcher.mails.toReversed().slice(0, shown)
    return reply.header('cache-control', 'no-store').page('demo/mails', { mails, count: catcher.count })
  })

  app.get('/demo/mail/:id', { schema: { params: MailParams } }, (request, reply) => {
    const { id } = request.params as Static<typeof MailParams>
    const mail = catcher.mails.find(known => known.id === Number(id))
    reply.header('cache-control', 'no-store')
    return mail ? reply.page('demo/mail', { mail }) : reply.callNotFound()
  })
}
