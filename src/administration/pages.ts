import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { canonicalLoginId, isLoginId } from '../accounts/canonical.ts'
import { actorOf } from '../audit/record.ts'
import { addStaff, type Changed, changeDisabled, changeRole, renewEnrolment } from '../staff/changes.ts'
import { isConfirmed } from '../staff/confirm.ts'
import { findStaffById, listStaff, type StaffMember } from '../staff/queries.ts'
import { onlyStaff, signedInStaff } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'

const Role = Type.Enum(['support', 'operator', 'admin'])
const AddForm = Type.Object({
  login_id: Type.String({ minLength: 1, maxLength: 200 }),
  name: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }),
  role: Role
})
const RoleForm = Type.Object({ role: Role })
const Params = Type.Object({ id: Id })

/** Who of the provider may enter, and as what: for administrators, who need a fresh second factor to change it. */
export async function administrationPages(app: FastifyInstance, portal: Portal) {
  const { config, db } = portal
  app.addHook('onRequest', onlyStaff(['admin'], config.https))

  app.get('/', (_request, reply) => list(reply))

  app.post('/', async (request, reply) => {
    const { values, errors = [] } = readForm(AddForm, request.body)
    const login_id = canonicalLoginId(values?.login_id ?? '')
    if (values && !isLoginId(login_id)) errors.push({ field: 'login_id', text: 'errors.staff_id' })
    if (!(await isConfirmed(portal, request))) errors.push({ field: 'code', text: 'errors.code' })
    if (!values || errors.length > 0) return list(reply.code(400), { values: typed(request.body), errors })
    const by = signedInStaff(request)
    const added = await addStaff(db, actorOf(by), { ...values, login_id, by: by.loginId })
    if (added.refused === undefined) return showCode(reply, { login_id, ...added })
    const taken = [{ field: 'login_id', text: 'errors.staff_taken' }]
    return list(reply.code(400), { values, errors: taken })
  })

  app.get('/:id', { schema: { params: Params } }, async (request, reply) => {
    const somebody = await find(request)
    return somebody ? show(reply, somebody) : reply.callNotFound()
  })

  change('role', async (request, somebody) => {
    const { values } = readForm(RoleForm, request.body)
    const actor = actorOf(signedInStaff(request))
    return values ? changeRole(db, actor, somebody, values.role) : { refused: 'same' }
  })
  change('enrolment', (request, somebody) => renewEnrolment(db, actorOf(signedInStaff(request)), somebody))
  change('disable', (request, somebody) =>
    changeDisabled(db, actorOf(signedInStaff(request)), somebody, true)
  )
  change('enable', (request, somebody) =>
    changeDisabled(db, actorOf(signedInStaff(request)), somebody, false)
  )

  /** A change of somebody else, after which their page is shown again, or a code that is shown once. */
  function change(
    name: string,
    work: (request: FastifyRequest, somebody: StaffMember) => Promise<Changed<{ code?: string }>>
  ) {
    app.post(`/:id/${name}`, { schema: { params: Params } }, async (request, reply) => {
      const somebody = await find(request)
      if (!somebody) return reply.callNotFound()
      const refuse = (field: string, text: string) =>
        show(reply.code(400), somebody, [{ field, text: `errors.${text}` }])
      if (somebody.id === signedInStaff(request).id) return refuse('somebody', 'staff_self')
      if (!(await isConfirmed(portal, request))) return refuse('code', 'code')
      const done = await work(request, somebody)
      if (done.refused !== undefined) return refuse('somebody', refusals[done.refused])
      if (done.code) return showCode(reply, { login_id: somebody.login_id, code: done.code })
      return reply.redirect(`/desk/staff/${somebody.id}`, 303)
    })
  }

  function find(request: FastifyRequest) {
    return findStaffById(db, (request.params as Static<typeof Params>).id)
  }

  async function list(reply: FastifyReply, form: { values?: object; errors?: FieldError[] } = {}) {
    const values = { login_id: '', name: '', role: 'support' }
    const staff = (await listStaff(db)).map(withState)
    return reply.page('administration/list', { values, ...form, everybody: staff, ...tab })
  }

  function show(reply: FastifyReply, somebody: StaffMember, errors?: FieldError[]) {
    const own = somebody.id === signedInStaff(reply.request).id
    const shown = { somebody: withState(somebody), own, errors, backTo: `/desk/staff/${somebody.id}` }
    return reply.page('administration/somebody', { ...shown, ...tab })
  }
}

const tab = { tab: 'staff', backTo: '/desk/staff', roles: ['support', 'operator', 'admin'] }
const refusals = {
  ...{ same: 'staff_same', taken: 'staff_taken', company: 'staff_company' },
  'last administrator': 'staff_last'
}

function showCode(reply: FastifyReply, given: { login_id: string; code: string }) {
  return reply.page('administration/code', { ...given, ...tab })
}

function withState<T extends StaffMember>({ disabled_at, subject, totp_confirmed_at, ...staff }: T) {
  const active = subject !== null || totp_confirmed_at !== null
  const state = disabled_at ? ('disabled' as const) : active ? ('active' as const) : ('invited' as const)
  return { ...staff, company: subject !== null, state }
}

function typed(body: unknown) {
  const { login_id, name, role } = (body ?? {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return { login_id: text(login_id), name: text(name), role: text(role) }
}
