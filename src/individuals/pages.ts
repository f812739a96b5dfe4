import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { memberOf, note } from '../audit/record.ts'
import { keepSeen } from '../incidents/seen.ts'
import { exportLostMessages } from '../lost-messages/export.ts'
import { findListing, Paging } from '../lost-messages/listing.ts'
import { findLostMessage, type Mailbox, setHandled } from '../lost-messages/queries.ts'
import { only, signedIn } from '../web/access.ts'
import { Id, readForm } from '../web/forms.ts'
import { languageOf } from '../web/language.ts'
import type { Portal } from '../web/portal.ts'
import { findVerdicts } from './queries.ts'
import { resendTexts } from './resend.ts'

const IncidentQuery = Type.Object({ address: Type.Optional(Id), ...Paging.properties })
const MessageQuery = Type.Object({ address: Id })
const MessageParams = Type.Object({ slug: Type.String(), message: Id })
const Handled = Type.Object({
  address: Id,
  by: Paging.properties.by,
  done: Type.Optional(Id),
  undone: Type.Optional(Id)
})

export async function individualPages(app: FastifyInstance, { config, db, pool }: Portal) {
  app.addHook('onRequest', only('individual', config.https))

  app.get('/', async (request, reply) => {
    const accountId = signedIn(request).id
    const incidents = await findVerdicts(pool, accountId)
    keepSeen(db, request.log, { accountId, scopeIds: incidents.map(({ unseen }) => unseen) })
    return reply.page('individuals/overview', { incidents })
  })

  app.get('/incidents/:slug', { schema: { querystring: IncidentQuery } }, async (request, reply) => {
    const query = request.query as Static<typeof IncidentQuery>
    const shown = await findShown(request, query.address)
    if (!shown) return reply.callNotFound()
    keepSeen(db, request.log, { accountId: signedIn(request).id, scopeIds: [shown.incident.unseen] })
    const listing = shown.mailbox && (await findListing(db, shown.mailbox, shown.incident, query))
    return reply.page('individuals/incident', { ...shown, listing, query, zone: shown.incident.zone })
  })

  app.get(
    '/incidents/:slug/lost-mail.csv',
    { schema: { querystring: MessageQuery }, exposeHeadRoute: false },
    async (request, reply) => {
      const shown = await findShown(request, (request.query as Static<typeof MessageQuery>).address)
      if (!shown?.mailbox) return reply.callNotFound()
      const { id: accountId, loginId } = signedIn(request)
      const details = { what: 'lost mail', incident: shown.incident.slug }
      await note(db, { actor: memberOf({ id: accountId, loginId }), action: 'export', accountId, details })
      return exportLostMessages(reply, db, shown.mailbox, shown.incident)
    }
  )

  app.get(
    '/incidents/:slug/messages/:message',
    { schema: { querystring: MessageQuery, params: MessageParams } },
    async (request, reply) => {
      const shown = await findShown(request, (request.query as Static<typeof MessageQuery>).address)
      const { message: id } = request.params as Static<typeof MessageParams>
      const message = shown?.mailbox && (await findLostMessage(db, shown.mailbox, id))
      if (!message) return reply.callNotFound()
      const { incident, address } = shown
      const texts = resendTexts(languageOf(request), {
        ...{ message, email: address.email, name: signedIn(request).name || address.email },
        ...{ zone: incident.zone, provider: config.provider.name }
      })
      return reply.page('individuals/message', { incident, address, message, texts, zone: incident.zone })
    }
  )

  app.post('/incidents/:slug/handled', async (request, reply) => {
    const { values } = readForm(Handled, request.body)
    if (!values) return reply.failed(400)
    const shown = await findShown(request, values.address)
    const id = values.done ?? values.undone ?? '0'
    const found = shown?.mailbox && (await setHandled(db, shown.mailbox, id, values.done !== undefined))
    if (!found) return reply.callNotFound()
    const back = new URLSearchParams({ address: values.address, by: values.by })
    return reply.redirect(`/mypage/incidents/${shown.incident.slug}?${back}#message-${id}`, 303)
  })

  /** The incident and the address that a page is about: the account's own, the first one if none is named. */
  async function findShown(request: FastifyRequest, addressId: string | undefined) {
    const accountId = signedIn(request).id
    const { slug } = request.params as { slug: string }
    const incident = (await findVerdicts(pool, accountId)).find(found => found.slug === slug)
    const address = incident?.addresses.find(({ id }) => addressId === undefined || id === addressId)
    if (!incident || !address) return undefined
    const { scope } = incident
    const mailbox: Mailbox | undefined =
      scope && address.verdict === 'affected'
        ? { accountId, scopeId: scope.id, email: address.email }
        : undefined
    return { incident, address, mailbox }
  }
}
