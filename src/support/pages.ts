import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { canonicalEmail } from '../accounts/canonical.ts'
import { actorOf, record } from '../audit/record.ts'
import { onlyStaff, signedInStaff } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { openAccount } from './account.ts'
import { type Act, addNote, askToBreakGlass, consent, letLogIn, lookUp } from './acts.ts'
import { isWithinLimit } from './limits.ts'
import { masked } from './masks.ts'
import { findIdentity, freshMinutes } from './queries.ts'
import { searchMembers } from './search.ts'

const reasons = ['call', 'mail', 'claim', 'investigation'] as const
const SearchForm = Type.Object({ member: Type.String({ pattern: '\\S', maxLength: 100 }) })
const LookUpForm = Type.Object({
  reason: Type.Enum([...reasons]),
  ticket: Type.String({ pattern: '^\\s*[\\p{L}\\p{N}#._/-]{1,40}\\s*$' })
})
const ConsentForm = Type.Object({ consent: Type.String({ minLength: 1, maxLength: 50 }) })
const RequestForm = Type.Object({ why: Type.String({ pattern: '\\S', minLength: 10, maxLength: 1_000 }) })
const NoteForm = Type.Object({ note: Type.String({ pattern: '\\S', maxLength: 2_000 }) })
const AddressForm = Type.Object({ address: Type.String({ maxLength: 300 }) })
const Params = Type.Object({ id: Id })
const ofAccount = { schema: { params: Params } }

type Typed = { values?: unknown; errors?: FieldError[]; asked?: string; unsaved?: string }

/** What agents do for members: find one, say why, see what they may, help. */
export async function supportPages(app: FastifyInstance, portal: Portal) {
  const { config, db } = portal
  app.addHook('onRequest', onlyStaff(['support', 'admin'], config.https))

  app.get('/', (_request, reply) => reply.page('support/search', { values: {} }))

  app.post('/', async (request, reply) => {
    const { values, errors } = readForm(SearchForm, request.body)
    if (errors) return reply.code(400).page('support/search', { values: request.body, errors })
    if (!(await isWithinLimit(portal, request, 'search'))) return reply.failed(429)
    const { members, more } = await searchMembers(db, values.member)
    const details = { found: members.length, more }
    await record(db, { actor: actorOf(signedInStaff(request)), action: 'members searched', details })
    return reply.page('support/search', { values, more, members: members.map(masked) })
  })

  app.get('/accounts/:id', ofAccount, (request, reply) => showAccount(request, reply))

  app.post('/accounts/:id', ofAccount, async (request, reply) => {
    const { values, errors } = readForm(LookUpForm, request.body)
    if (errors) return showMasked(request, reply.code(400), { values: request.body, errors })
    if (!(await isWithinLimit(portal, request, 'look-up'))) return reply.failed(429)
    const act = actOf(request)
    if (!(await findIdentity(db, act.accountId))) return reply.callNotFound()
    await lookUp(db, act, { reason: values.reason, ticket: values.ticket.trim() })
    return toAccount(reply, act)
  })

  app.post('/accounts/:id/consent', ofAccount, async (request, reply) => {
    const { values, errors } = readForm(ConsentForm, request.body)
    if (errors) return showAccount(request, reply.code(400), { errors })
    const act = actOf(request)
    const right = await consent(db, act, { secret: config.secret, typed: values.consent })
    if (right) return toAccount(reply, act, '#rows')
    return showAccount(request, reply.code(400), { errors: [{ field: 'consent', text: 'errors.consent' }] })
  })

  app.post('/accounts/:id/address', ofAccount, async (request, reply) => {
    const { values } = readForm(AddressForm, request.body)
    const asked = canonicalEmail(values?.address ?? '')
    const errors = [{ field: 'address', text: 'errors.address_of_contract' }]
    if (!asked) return showAccount(request, reply.code(400), { values: request.body, errors })
    return showAccount(request, reply, { values: request.body, asked })
  })

  app.post('/accounts/:id/break-glass', ofAccount, async (request, reply) => {
    const { values, errors } = readForm(RequestForm, request.body)
    if (errors) return showAccount(request, reply.code(400), { values: request.body, errors })
    const why = values.why.trim()
    if (!(await askToBreakGlass(db, actOf(request), why))) return tooLate(request, reply, why)
    return toAccount(reply, actOf(request), '#rows')
  })

  app.post('/accounts/:id/throttle', ofAccount, async (request, reply) => {
    if (!(await letLogIn(db, actOf(request)))) return tooLate(request, reply)
    return toAccount(reply, actOf(request), '#login')
  })

  app.post('/accounts/:id/notes', ofAccount, async (request, reply) => {
    const { values, errors } = readForm(NoteForm, request.body)
    if (errors) return showAccount(request, reply.code(400), { values: request.body, errors })
    const note = values.note.trim()
    if (!(await addNote(db, actOf(request), note))) return tooLate(request, reply, note)
    return toAccount(reply, actOf(request), '#notes')
  })

  /** The account, while the agent's look-up is fresh; else who it may be, and the question why. */
  async function showAccount(request: FastifyRequest, reply: FastifyReply, typed: Typed = {}) {
    const account = await openAccount(db, actOf(request), typed.asked)
    if (!account) return showMasked(request, reply)
    return reply.page('support/account', { ...account, ...typed, minutes: freshMinutes })
  }

  /** The look-up is over: nothing was done, and what was typed is not lost. */
  function tooLate(request: FastifyRequest, reply: FastifyReply, unsaved?: string) {
    const errors = [{ field: 'reason', text: 'errors.look_up_over' }]
    return showMasked(request, reply.code(400), { errors, ...(unsaved !== undefined && { unsaved }) })
  }

  async function showMasked(request: FastifyRequest, reply: FastifyReply, typed: Typed = {}) {
    const { staff, accountId } = actOf(request)
    if (!(await isWithinLimit(portal, request, 'masked member'))) return reply.failed(429)
    const member = await findIdentity(db, accountId)
    if (!member) return reply.callNotFound()
    await record(db, { actor: actorOf(staff), action: 'masked member seen', accountId })
    return reply.page('support/why', { values: {}, ...typed, member: masked(member), reasons })
  }
}

function actOf(request: FastifyRequest): Act {
  const { id: accountId } = request.params as Static<typeof Params>
  return { staff: signedInStaff(request), accountId }
}

function toAccount(reply: FastifyReply, { accountId }: Act, place = '') {
  return reply.redirect(`/support/accounts/${accountId}${place}`, 303)
}
