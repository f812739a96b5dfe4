import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf, record } from '../audit/record.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { maskedLoginId } from '../support/masks.ts'
import { openRows } from '../support/queries.ts'
import { onlyStaff, signedInStaff } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { decideRequest, listDecided, listDisputed, listWaiting } from './queries.ts'

const Decision = Type.Object({ approve: Type.Optional(Id), refuse: Type.Optional(Id) })

/** Where one member of the staff agrees that another sees senders and times without the member's consent. */
export async function approvalPages(app: FastifyInstance, portal: Portal) {
  const { config, db } = portal
  app.addHook('onRequest', onlyStaff(['support', 'operator', 'admin'], config.https))

  app.get('/', (request, reply) => showApprovals(request, reply))

  app.post('/', async (request, reply) => {
    const { values } = readForm(Decision, request.body)
    const id = values?.approve ?? values?.refuse
    if (id === undefined) return reply.failed(400)
    if (!(await isConfirmed(portal, request)))
      return showApprovals(request, reply.code(400), [{ field: 'code', text: 'errors.code' }])
    if (!(await decide(request, id, values?.approve !== undefined))) return reply.callNotFound()
    return reply.redirect('/support/approvals', 303)
  })

  function decide(request: FastifyRequest, id: string, approved: boolean): Promise<boolean> {
    const staff = signedInStaff(request)
    return db.transaction().execute(async tx => {
      const lookUp = await decideRequest(tx, { id, approved, staffId: staff.id })
      if (!lookUp) return false
      if (approved) await openRows(tx, lookUp, 'break_glass')
      const action = approved ? 'break-glass approved' : 'break-glass refused'
      const details = { look_up: lookUp.id }
      await record(tx, { actor: actorOf(staff), action, accountId: lookUp.account_id, details })
      return true
    })
  }

  async function showApprovals(request: FastifyRequest, reply: FastifyReply, errors?: FieldError[]) {
    const staff = signedInStaff(request)
    return reply.page('approvals/list', {
      waiting: (await listWaiting(db)).map(masked),
      decided: (await listDecided(db)).map(masked),
      disputed: staff.role === 'admin' ? (await listDisputed(db)).map(masked) : undefined,
      errors
    })
  }
}

function masked<T extends { login_id: string }>(row: T): T {
  return { ...row, login_id: maskedLoginId(row.login_id) }
}
