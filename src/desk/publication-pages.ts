import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../audit/record.ts'
import {
  isProposed,
  isPublishable,
  isWithdrawalProposed,
  proposeScope,
  proposeWithdrawal
} from '../scopes/propose.ts'
import { replacementOf } from '../scopes/withdraw.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { signedInStaff } from '../web/access.ts'
import { type FieldError, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { letTakeLong } from '../web/waiting.ts'
import { approve, foresee, needsTwo, type Refused, takeBack } from './publication.ts'
import { type AskedVersion, findVersion, versionParams } from './version.ts'

const PublishForm = Type.Object({
  against: Type.String({ pattern: '^[0-9]{1,7}$' }),
  clear: Type.Optional(Type.Literal('yes'))
})
const WithdrawForm = Type.Object({ clear: Type.Optional(Type.Literal('yes')) })

/** Publishing and withdrawing a version, each after a look at what it would change. */
export async function publicationPages(app: FastifyInstance, portal: Portal) {
  const { config, db, longDb } = portal

  app.get('/incidents/:slug/scopes/:version/publish', versionParams, async (request, reply) => {
    const asked = await findVersion(db, request)
    return asked && isPublishable(asked.scope) ? showPublish(request, reply, asked) : reply.callNotFound()
  })

  app.post('/incidents/:slug/scopes/:version/propose', versionParams, async (request, reply) => {
    const asked = await findVersion(db, request)
    if (!asked || !isPublishable(asked.scope)) return reply.callNotFound()
    if (!(await isConfirmed(portal, request))) return showPublish(request, reply.code(400), asked, 'code')
    const { incident, scope, url } = asked
    const actor = actorOf(signedInStaff(request))
    const proposal = { incidentId: incident.id, version: scope.version, actor }
    await longDb.transaction().execute(tx => proposeScope(tx, proposal))
    return reply.redirect(`${url}/publish`, 303)
  })

  app.post('/incidents/:slug/scopes/:version/publish', versionParams, async (request, reply) => {
    const asked = await findVersion(db, request)
    if (!asked) return reply.callNotFound()
    const { values, errors } = readForm(PublishForm, request.body)
    if (errors) return reply.failed(400)
    if (!(await isConfirmed(portal, request))) return showPublish(request, reply.code(400), asked, 'code')
    letTakeLong(request)
    const { incident, scope, url } = asked
    const publishing = {
      ...{ incidentId: incident.id, version: scope.version, actor: actorOf(signedInStaff(request)) },
      ...{ two: await needsTwo(db, config), against: Number(values.against), clear: values.clear === 'yes' }
    }
    const outcome = await longDb.transaction().execute(tx => approve(tx, publishing))
    if (outcome === 'published' || outcome === 'gone') return reply.redirect(url, 303)
    const again = (await findVersion(db, request)) ?? asked
    const status = outcome === 'moved' || outcome === 'clears' ? 400 : 403
    return showPublish(request, reply.code(status), again, outcome)
  })

  app.get('/incidents/:slug/scopes/:version/withdraw', versionParams, async (request, reply) => {
    const asked = await findVersion(db, request)
    if (!asked || asked.scope.state === 'withdrawn') return reply.callNotFound()
    return showWithdraw(request, reply, asked)
  })

  app.post('/incidents/:slug/scopes/:version/withdraw/propose', versionParams, async (request, reply) => {
    const asked = await findVersion(db, request)
    if (!asked || asked.scope.state === 'withdrawn') return reply.callNotFound()
    if (!(await isConfirmed(portal, request))) return showWithdraw(request, reply.code(400), asked, 'code')
    const { incident, scope, url } = asked
    const proposal = {
      incidentId: incident.id,
      version: scope.version,
      actor: actorOf(signedInStaff(request))
    }
    await longDb.transaction().execute(tx => proposeWithdrawal(tx, proposal))
    return reply.redirect(`${url}/withdraw`, 303)
  })

  app.post('/incidents/:slug/scopes/:version/withdraw', versionParams, async (request, reply) => {
    const asked = await findVersion(db, request)
    if (!asked || asked.scope.state === 'withdrawn') return reply.callNotFound()
    const { values } = readForm(WithdrawForm, request.body)
    if (!values) return reply.failed(400)
    if (!(await isConfirmed(portal, request))) return showWithdraw(request, reply.code(400), asked, 'code')
    letTakeLong(request)
    const { incident, scope, url } = asked
    const withdrawal = {
      ...{ incidentId: incident.id, version: scope.version, actor: actorOf(signedInStaff(request)) },
      ...{ two: await needsTwo(db, config), clear: values.clear === 'yes' }
    }
    const outcome = await longDb.transaction().execute(tx => takeBack(tx, withdrawal))
    if (outcome === 'withdrawn' || outcome === 'gone') return reply.redirect(url, 303)
    const again = (await findVersion(db, request)) ?? asked
    return showWithdraw(request, reply.code(outcome === 'clears' ? 400 : 403), again, outcome)
  })

  type Problem = 'code' | Exclude<Refused, 'gone'>

  async function showPublish(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: AskedVersion,
    wrong?: Problem
  ) {
    letTakeLong(request)
    const { incident, scope, scopes, url } = asked
    const from = scopes.find(({ state }) => state === 'published')
    const own = scope.proposed_by === signedInStaff(request).loginId
    return reply.page('desk/publish', {
      ...{ tab: 'incidents', incident, scope, from, url, zone: incident.zone },
      ...{ two: await needsTwo(db, config), proposed: isProposed(scope), own },
      foreseen: await foresee(longDb, { from, to: scope }),
      errors: errorsOf(wrong)
    })
  }

  function errorsOf(wrong: Problem | undefined): FieldError[] | undefined {
    if (!wrong) return undefined
    if (wrong === 'code') return [{ field: 'code', text: 'errors.code' }]
    return [{ field: wrong === 'clears' ? 'clear' : 'publish', text: `errors.publish_${wrong}` }]
  }

  async function showWithdraw(
    request: FastifyRequest,
    reply: FastifyReply,
    { incident, scope, scopes, url }: AskedVersion,
    wrong?: Problem
  ) {
    letTakeLong(request)
    const replacement = replacementOf(scopes, scope)
    const foreseen = replacement && (await foresee(longDb, replacement))
    const two = (foreseen?.cleared ?? 0) > 0 && (await needsTwo(db, config))
    return reply.page('desk/withdraw', {
      ...{ tab: 'incidents', incident, scope, url, zone: incident.zone, errors: errorsOf(wrong) },
      ...{ foreseen, back: replacement?.to, two, proposed: isWithdrawalProposed(scope) },
      own: scope.withdrawal_proposed_by === signedInStaff(request).loginId
    })
  }
}
