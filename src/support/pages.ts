import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { record } from '../audit/record.ts'
import type { DatabaseTransaction } from '../database/tables.ts'
import { takeConsentCode } from '../look-ups/consent.ts'
import { liftThrottle } from '../sign-in/throttle.ts'
import { actorOf } from '../staff/attempt.ts'
import { onlyStaff, signedInStaff } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { openAccount } from './account.ts'
import { isWithinLimit } from './limits.ts'
import { masked } from './masks.ts'
import {
  type FreshLookUp,
  findAccount,
  findFreshLookUp,
  findIdentity,
  freshMinutes,
  insertLookUp,
  insertNote,
  insertRequest,
  openRows
} from './queries.ts'
import { searchMembers } from './search.ts'

const Params = Type.Object({ id: Id })
const SearchForm = Type.Object({ member: Type.String({ pattern: '\\S', maxLength: 100 }) })
const reasons = ['call', 'mail', 'claim', 'investigation'] as const
const LookUpForm = Type.Object({
  reason: Type.Enum([...reasons]),
  ticket: Type.String({ pattern: '^\\s*[\\p{L}\\p{N}#._/-]{1,40}\\s*$' })
})
const ConsentForm = Type.Object({ consent: Type.String({ minLength: 1, maxLength: 50 }) })
const RequestForm = Type.Object({ why: Type.String({ pattern: '\\S', minLength: 10, maxLength: 1_000 }) })
const NoteForm = Type.Object({ note: Type.String({ pattern: '\\S', maxLength: 2_000 }) })

type Typed = { values?: unknown; errors?: FieldError[] }

/** What agents do for members: find one, say why, see what they may, help. */
export async function supportPages(app: FastifyInstance, portal: Portal) {
  const { config, db } = portal
  app.addHook('onRequest', onlyStaff(['support', 'admin'], config.https))

  app.get('/', (_request, reply) => reply.page('support/search', { values: {} }))

  app.post('/', async (request, reply) => {
    const { values, errors } = readForm(SearchForm, request.body)
    if (errors) return reply.code(400).page('support/search', { values: request.body, errors })
    if (!(await isWithinLimit(portal, request, 'search'))) return reply.failed(429)
    const found = await searchMembers(db, values.member)
    const details = { found: found.members.length, more: found.more }
    await record(db, { actor: actorOf(signedInStaff(request)), action: 'members searched', details })
    return reply.page('support/search', { values, more: found.more, members: found.members.map(masked) })
  })

  app.get('/accounts/:id', { schema: { params: Params } }, (request, reply) => showAccount(request, reply))

  app.post('/accounts/:id', { schema: { params: Params } }, async (request, reply) => {
    const { accountId, staffId, actor } = handlingOf(request)
    const { values, errors } = readForm(LookUpForm, request.body)
    if (errors) return showMasked(request, reply.code(400), { values: request.body, errors })
    if (!(await isWithinLimit(portal, request, 'look-up'))) return reply.failed(429)
    if (!(await findIdentity(db, accountId))) return reply.callNotFound()
    const [reason, ticket] = [values.reason, values.ticket.trim()]
    await db.transaction().execute(async tx => {
      const look_up = await insertLookUp(tx, { accountId, staffId, reason, ticket })
      await record(tx, {
        actor,
        action: 'account looked up',
        accountId,
        details: { look_up, reason, ticket }
      })
    })
    return reply.redirect(`/support/accounts/${accountId}`, 303)
  })

  app.post('/accounts/:id/consent', { schema: { params: Params } }, async (request, reply) => {
    const { values, errors } = readForm(ConsentForm, request.body)
    if (errors) return showAccount(request, reply.code(400), { errors })
    const taken = await whileFresh(request, async (tx, lookUp) => {
      const typed = values.consent
      const right = await takeConsentCode(tx, config.secret, { lookUp, typed })
      if (right) await openRows(tx, lookUp, 'consent')
      await recordOf(tx, request, right ? 'consent code taken' : 'consent code refused', {
        look_up: lookUp.id
      })
      return right
    })
    if (taken) return reply.redirect(`/support/accounts/${handlingOf(request).accountId}#rows`, 303)
    return showAccount(request, reply.code(400), { errors: [{ field: 'consent', text: 'errors.consent' }] })
  })

  app.post('/accounts/:id/break-glass', { schema: { params: Params } }, async (request, reply) => {
    const { values, errors } = readForm(RequestForm, request.body)
    if (errors) return showAccount(request, reply.code(400), { values: request.body, errors })
    await whileFresh(request, async (tx, lookUp) => {
      if (lookUp.rows_by || !(await insertRequest(tx, lookUp, values.why.trim()))) return
      await recordOf(tx, request, 'break-glass requested', { look_up: lookUp.id })
    })
    return reply.redirect(`/support/accounts/${handlingOf(request).accountId}#rows`, 303)
  })

  app.post('/accounts/:id/throttle', { schema: { params: Params } }, async (request, reply) => {
    const { accountId } = handlingOf(request)
    await whileFresh(request, async (tx, lookUp) => {
      const { login_id } = await findAccount(tx, accountId)
      if (await liftThrottle(tx, login_id))
        await recordOf(tx, request, 'throttle lifted', { look_up: lookUp.id })
    })
    return reply.redirect(`/support/accounts/${accountId}#login`, 303)
  })

  app.post('/accounts/:id/notes', { schema: { params: Params } }, async (request, reply) => {
    const { values, errors } = readForm(NoteForm, request.body)
    if (errors) return showAccount(request, reply.code(400), { values: request.body, errors })
    const { accountId, staffId } = handlingOf(request)
    await whileFresh(request, async (tx, lookUp) => {
      await insertNote(tx, { accountId, staffId }, values.note.trim())
      await recordOf(tx, request, 'support note added', { look_up: lookUp.id })
    })
    return reply.redirect(`/support/accounts/${accountId}#notes`, 303)
  })

  /** The account, while the agent's look-up is fresh; else who it may be, and the question why. */
  async function showAccount(request: FastifyRequest, reply: FastifyReply, typed: Typed = {}) {
    const account = await openAccount(db, signedInStaff(request), handlingOf(request).accountId)
    if (!account) return showMasked(request, reply)
    return reply.page('support/account', { ...account, ...typed, minutes: freshMinutes })
  }

  async function showMasked(request: FastifyRequest, reply: FastifyReply, typed: Typed = {}) {
    const { accountId, actor } = handlingOf(request)
    if (!(await isWithinLimit(portal, request, 'masked member'))) return reply.failed(429)
    const member = await findIdentity(db, accountId)
    if (!member) return reply.callNotFound()
    await record(db, { actor, action: 'masked member seen', accountId })
    return reply.page('support/why', { values: {}, ...typed, member: masked(member), reasons })
  }

  /** Does something for a member in one transaction; undefined without a fresh look-up of them. */
  function whileFresh<T>(
    request: FastifyRequest,
    work: (tx: DatabaseTransaction, lookUp: FreshLookUp) => Promise<T>
  ): Promise<T | undefined> {
    return db.transaction().execute(async tx => {
      const lookUp = await findFreshLookUp(tx, handlingOf(request))
      return lookUp && work(tx, lookUp)
    })
  }
}

function handlingOf(request: FastifyRequest) {
  const staff = signedInStaff(request)
  const { id: accountId } = request.params as Static<typeof Params>
  return { accountId, staffId: staff.id, actor: actorOf(staff) }
}

async function recordOf(
  tx: DatabaseTransaction,
  request: FastifyRequest,
  action: string,
  details: { look_up: string }
) {
  const { accountId, actor } = handlingOf(request)
  await record(tx, { actor, action, accountId, details })
}
