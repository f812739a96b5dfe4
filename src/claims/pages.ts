import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { memberOf, record } from '../audit/record.ts'
import type { AccountKind } from '../database/tables.ts'
import { findIncident } from '../incidents/queries.ts'
import { timeReader } from '../incidents/time.ts'
import { memberHomes, only, signedIn } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { findJudged } from './answers.ts'
import { insertClaim } from './queries.ts'

const Where = Type.Object({ incident: Type.String({ maxLength: 200 }), address: Id })
const ClaimForm = Type.Object({
  expected_at: Type.String({ minLength: 1, maxLength: 40 }),
  sender: Type.String({ pattern: '\\S', maxLength: 200 })
})

/** "I think I lost mail": for an address whose verdict does not say so. */
export async function claimPages(app: FastifyInstance, { kind, ...portal }: Portal & { kind: AccountKind }) {
  const { config, db } = portal
  const home = memberHomes[kind]
  app.addHook('onRequest', only(kind, config.https))

  app.get('/claims/new', { schema: { querystring: Where } }, async (request, reply) => {
    const place = await findPlace(request, request.query as Static<typeof Where>)
    if (!place) return reply.callNotFound()
    return showForm(reply, place, { expected_at: '', sender: '' })
  })

  app.post('/claims', async (request, reply) => {
    const where = readForm(Where, request.body).values
    const place = where && (await findPlace(request, where))
    if (!place) return reply.callNotFound()
    const { values, errors } = readForm(ClaimForm, request.body)
    if (errors) return showForm(reply.code(400), place, request.body, errors)
    const read = timeReader(place.incident.zone)(values.expected_at.trim())
    if ('problem' in read || read.time > new Date())
      return showForm(reply.code(400), place, values, [{ field: 'expected_at', text: 'errors.expected_at' }])
    const kept = await keep(request, place, { expected_at: read.time, sender: values.sender.trim() })
    if (kept) return reply.redirect(`${home}/support#claims`, 303)
    return showForm(reply.code(400), place, values, [{ field: 'expected_at', text: 'errors.claims' }])
  })

  /** The account's own address under an incident, unless its verdict says already that mail was lost. */
  async function findPlace(request: FastifyRequest, { incident: slug, address }: Static<typeof Where>) {
    const judged = await findJudged(portal, signedIn(request), { slug, addressId: address })
    if (!judged || judged.address.verdict === 'affected') return undefined
    return { ...judged, addressId: address }
  }

  async function keep(
    request: FastifyRequest,
    { incident: { slug }, address }: Place,
    mail: { expected_at: Date; sender: string }
  ): Promise<boolean> {
    const account = signedIn(request)
    const incident = await findIncident(db, slug)
    if (!incident) return false
    const [accountId, incidentId] = [account.id, incident.id]
    return db.transaction().execute(async tx => {
      const row = { account_id: accountId, incident_id: incidentId, email: address.email, ...mail }
      const claim = await insertClaim(tx, row)
      if (claim === undefined) return false
      const event = { actor: memberOf(account), action: 'lost mail claimed', accountId, incidentId }
      await record(tx, { ...event, details: { claim } })
      return true
    })
  }

  type Place = NonNullable<Awaited<ReturnType<typeof findPlace>>>

  function showForm(reply: FastifyReply, place: Place, values: unknown, errors?: FieldError[]) {
    return reply.page('claims/new', { ...place, home, values, errors, zone: place.incident.zone })
  }
}
