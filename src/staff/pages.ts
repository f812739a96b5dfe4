import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { Busy } from '../sign-in/admission.ts'
import { readForm } from '../web/forms.ts'
import { retryAfter } from '../web/pages.ts'
import { localPath } from '../web/paths.ts'
import type { Portal } from '../web/portal.ts'
import { sessionCookie } from '../web/sessions.ts'
import { attemptStaffLogin } from './attempt.ts'
import { beginEnrolment, finishEnrolment, passwordBytes } from './enrolment.ts'
import { homes, openStaffSession } from './entrance.ts'
import type { StaffMember } from './queries.ts'
import { describeTotp } from './second-factor.ts'

const LoginForm = Type.Object({
  login_id: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.String({ minLength: 1, maxLength: 10_000 }),
  code: Type.String({ minLength: 1, maxLength: 100 }),
  return_to: Type.String({ default: '' })
})
const EnrolForm = Type.Object({
  login_id: Type.String({ minLength: 1, maxLength: 200 }),
  enrolment: Type.String({ minLength: 1, maxLength: 100 }),
  step: Type.Enum(['begin', 'finish'], { default: 'begin' }),
  password: Type.String({ default: '', maxLength: 10_000 }),
  code: Type.String({ default: '', maxLength: 100 })
})

/** Login, enrolment and logout of staff; nothing of it is shared with members. */
export async function staffPages(app: FastifyInstance, portal: Portal) {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  const show = (reply: FastifyReply, data: object) =>
    reply.page('staff/login', { ...data, company: portal.config.company !== undefined })

  app.get('/login/staff', (request, reply) => {
    const { staff } = request.session
    if (staff) return reply.redirect(homes[staff.role], 303)
    const { return_to = '', ended } = request.query as Record<string, string | undefined>
    return show(reply, { values: { login_id: '', return_to }, ended: ended !== undefined })
  })

  app.post('/login/staff', async (request, reply) => {
    const { values, errors } = readForm(LoginForm, request.body)
    if (errors) return show(reply.code(400), { values: typed(request.body), errors })
    const { login_id, return_to } = values
    const again = { values: { login_id, return_to } }
    const staff = await unlessBusy(() =>
      attemptStaffLogin(portal, { ...values, loginId: login_id, ip: request.ip })
    )
    if (staff === 'busy') return show(busy(reply), { ...again, busy: true })
    if (staff && (await openStaffSession(portal, request, { staff })))
      return reply.redirect(localPath(return_to) ?? homes[staff.role], 303)
    const refused = [{ field: 'login_id', text: 'errors.staff_refused' }]
    return show(reply.code(400), { ...again, errors: refused })
  })

  app.get('/login/staff/enrol', (_request, reply) =>
    reply.page('staff/enrol', { values: { login_id: '', enrolment: '' } })
  )

  app.post('/login/staff/enrol', async (request, reply) => {
    const { values, errors } = readForm(EnrolForm, request.body)
    if (errors) return reply.code(400).page('staff/enrol', { values: typed(request.body), errors })
    const staff = await unlessBusy(() =>
      beginEnrolment(portal, {
        ...{ ...values, loginId: values.login_id, ip: request.ip, again: values.step === 'finish' }
      })
    )
    if (staff === 'busy') return busy(reply).page('staff/enrol', { values, busy: true })
    if (!staff) {
      const refused = [{ field: 'login_id', text: 'errors.enrolment_refused' }]
      return reply.code(400).page('staff/enrol', { values, errors: refused })
    }
    if (values.step === 'begin') return showFactor(portal, reply, staff, { values })
    return finish(portal, reply, staff, values)
  })

  app.post('/logout/staff', async (request, reply) => {
    if (request.session.staff) await request.session.destroy()
    const { https } = portal.config
    reply.clearCookie(sessionCookie(https, 'staff'), { path: '/', secure: https })
    return reply.header('clear-site-data', '"cache", "storage"').redirect('/login/staff', 303)
  })
}

type Enrolling = { login_id: string; enrolment: string; password: string; code: string }

async function finish(portal: Portal, reply: FastifyReply, staff: StaffMember, values: Enrolling) {
  const bytes = Buffer.byteLength(values.password)
  if (bytes < passwordBytes.min || bytes > passwordBytes.max)
    return showFactor(portal, reply.code(400), staff, {
      values,
      errors: [{ field: 'password', text: 'errors.new_password' }]
    })
  const codes = await finishEnrolment(portal, staff, values)
  if (codes) return reply.page('staff/enrolled', { codes })
  const errors = [{ field: 'code', text: 'errors.code' }]
  return showFactor(portal, reply.code(400), staff, { values, errors })
}

async function showFactor(portal: Portal, reply: FastifyReply, staff: StaffMember, data: object) {
  const { config } = portal
  const factor = await describeTotp(config.secret, `${config.provider.name.en} MyPage`, staff)
  return reply.page('staff/second-factor', { ...data, factor })
}

async function unlessBusy<T>(work: () => Promise<T>): Promise<T | 'busy'> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Busy) return 'busy'
    throw error
  }
}

function busy(reply: FastifyReply) {
  return reply.code(503).header('retry-after', retryAfter())
}

function typed(body: unknown) {
  const { login_id, return_to, enrolment } = (body ?? {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return { login_id: text(login_id), return_to: text(return_to), enrolment: text(enrolment) }
}
