import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { canonicalLoginId, kindOfLoginId } from '../accounts/canonical.ts'
import { memberOf, note } from '../audit/record.ts'
import type { AccountKind } from '../database/tables.ts'
import { countActivity } from '../operations/activity.ts'
import { memberHomes } from '../web/access.ts'
import { readForm } from '../web/forms.ts'
import { retryAfter } from '../web/pages.ts'
import { localPath } from '../web/paths.ts'
import type { Portal } from '../web/portal.ts'
import { sessionCookie } from '../web/sessions.ts'
import { Busy } from './admission.ts'
import { type Admitted, attemptLogin } from './attempt.ts'
import { deleteSessionsOf, insertSession } from './queries.ts'

const LoginForm = Type.Object({
  login_id: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.String({ minLength: 1, maxLength: 10_000 }),
  return_to: Type.String({ default: '' })
})

const otherKind = { individual: 'business', business: 'individual' } as const

export async function signInPages(app: FastifyInstance, portal: Portal) {
  for (const kind of ['individual', 'business'] as const) {
    app.get(`/login/${kind}`, (request, reply) => {
      const account = request.session.account
      if (account?.kind === kind) return reply.redirect(memberHomes[kind], 303)
      const { return_to = '', ended } = request.query as Record<string, string | undefined>
      return loginPage(reply, kind, { values: { login_id: '', return_to }, ended: ended !== undefined })
    })
    app.post(`/login/${kind}`, (request, reply) => logIn(kind, portal, request, reply))
  }

  app.get('/logged-out', (_request, reply) => reply.page('sign-in/logged-out'))

  app.post('/logout', async (request, reply) => {
    if (request.session.account) await request.session.destroy()
    return loggedOut(reply, portal)
  })

  app.post('/logout/everywhere', async (request, reply) => {
    if (request.session.account) await deleteSessionsOf(portal.db, request.session.account.id)
    return loggedOut(reply, portal)
  })
}

async function logIn(kind: AccountKind, portal: Portal, request: FastifyRequest, reply: FastifyReply) {
  if (portal.config.https && request.protocol !== 'https')
    throw new Error(
      'The proxy in front does not say that it speaks https: see TRUSTED_PROXIES and X-Forwarded-Proto.'
    )
  const { values, errors } = readForm(LoginForm, request.body)
  if (errors) return loginPage(reply.code(400), kind, { values: typed(request.body), errors })
  const { login_id, password, return_to } = values
  try {
    const admitted = await attemptLogin(portal.signInDb, {
      kind,
      loginId: login_id,
      password,
      ip: request.ip
    })
    if (admitted && (await openSession(portal, request, admitted)))
      return reply.redirect(localPath(return_to) ?? memberHomes[kind], 303)
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    reply.code(503).header('retry-after', retryAfter())
    return loginPage(reply, kind, { values, busy: true })
  }
  const elsewhere = kindOfLoginId(canonicalLoginId(login_id)) === otherKind[kind]
  const refused = [{ field: 'login_id', text: 'errors.refused' }]
  return loginPage(reply.code(400), kind, { values, errors: refused, elsewhere })
}

/** A new ID at every login; the one that the browser came with is dead. */
async function openSession(
  { signInDb }: Portal,
  request: FastifyRequest,
  { account, passwordVersion }: Admitted
): Promise<boolean> {
  await request.session.regenerate()
  if (!(await insertSession(signInDb, request.session.sessionId, { id: account.id, passwordVersion })))
    return false
  request.session.account = account
  countActivity('login')
  await note(signInDb, { actor: memberOf(account), action: 'login', accountId: account.id })
  return true
}

function loginPage(reply: FastifyReply, kind: AccountKind, data: Record<string, unknown>) {
  reply.header('cache-control', 'no-store')
  return reply.page('sign-in/login', { kind, otherKind: otherKind[kind], ...data })
}

function typed(body: unknown) {
  const { login_id, return_to } = (body ?? {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return { login_id: text(login_id), return_to: text(return_to) }
}

function loggedOut(reply: FastifyReply, { config }: Portal) {
  reply.clearCookie(sessionCookie(config.https, 'account'), { path: '/', secure: config.https })
  return reply.header('clear-site-data', '"cache", "storage"').redirect('/logged-out', 303)
}
