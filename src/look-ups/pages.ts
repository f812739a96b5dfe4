import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { memberOf, record } from '../audit/record.ts'
import { listAnswered } from '../claims/answers.ts'
import type { AccountKind } from '../database/tables.ts'
import { memberHomes, only, signedIn } from '../web/access.ts'
import { Id } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { consentMinutes, giveConsentCode } from './consent.ts'
import { disputeLookUp, listLookUpsOf } from './queries.ts'

const Params = Type.Object({ id: Id })

/** What a member has to do with the support: codes for it, who of it looked, what was reported to it. */
export async function lookUpPages(app: FastifyInstance, { kind, ...portal }: Portal & { kind: AccountKind }) {
  const { config, db } = portal
  const home = memberHomes[kind]
  // Who may not see senders and times cannot let others see them.
  const mayConsent = kind === 'individual' || config.businessSeesSenders
  app.addHook('onRequest', only(kind, config.https))

  app.get('/support', async (request, reply) => {
    const account = signedIn(request)
    const lookUps = await listLookUpsOf(db, account.id)
    const claims = await listAnswered(portal, account)
    return reply.page('look-ups/mine', { home, mayConsent, lookUps, claims, minutes: consentMinutes })
  })

  app.post('/support/code', async (request, reply) => {
    if (!mayConsent) return reply.callNotFound()
    const account = signedIn(request)
    const code = await db.transaction().execute(async tx => {
      const given = await giveConsentCode(tx, config.secret, account.id)
      const event = { actor: memberOf(account), action: 'consent code shown', accountId: account.id }
      await record(tx, event)
      return given
    })
    return reply.page('look-ups/code', { home, code, minutes: consentMinutes })
  })

  app.post('/support/look-ups/:id/disputed', { schema: { params: Params } }, async (request, reply) => {
    const account = signedIn(request)
    const { id } = request.params as Static<typeof Params>
    const found = await db.transaction().execute(async tx => {
      const disputed = await disputeLookUp(tx, account.id, id)
      const event = { actor: memberOf(account), action: 'look-up disputed', accountId: account.id }
      if (disputed) await record(tx, { ...event, details: { look_up: id } })
      return disputed !== undefined
    })
    return found ? reply.redirect(`${home}/support#look-ups`, 303) : reply.callNotFound()
  })
}
