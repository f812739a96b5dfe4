import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccountKind, Role } from '../database/tables.ts'
import { type SignedIn, type SignedInStaff, sessionCookie } from './sessions.ts'

/** Where members of each kind are at home. */
export const memberHomes = { individual: '/mypage', business: '/business' } as const

/** Lets in only accounts of this kind; others are sent to its login, and back after it. */
export function only(kind: AccountKind, https: boolean) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store')
    const account = request.session.account
    if (account?.kind === kind) return
    if (account) return reply.failed(403)
    return toLogin(request, reply, kind, sessionCookie(https, 'account'))
  }
}

/** Lets in only staff of these roles; others are sent to their login, and back after it. */
export function onlyStaff(roles: Role[], https: boolean) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store')
    const staff = request.session.staff
    if (staff && roles.includes(staff.role)) return
    if (staff) return reply.failed(403)
    return toLogin(request, reply, 'staff', sessionCookie(https, 'staff'))
  }
}

/**
 * The same for pages with long texts: what somebody sends after their session ended is given back, so that nothing they
 * wrote is lost. It is theirs alone: nothing of ours is on that page.
 */
export function onlyStaffKeeping(
  app: FastifyInstance,
  roles: Role[],
  {
    https,
    giveBack
  }: { https: boolean; giveBack: (request: FastifyRequest, reply: FastifyReply) => FastifyReply }
) {
  const guard = onlyStaff(roles, https)
  const ended = (request: FastifyRequest) =>
    request.method === 'POST' && !request.session.staff && request.cookies[sessionCookie(https, 'staff')]
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (!ended(request)) return guard(request, reply)
  })
  app.addHook('preHandler', async (request, reply) => {
    if (!request.session.staff) return giveBack(request, reply)
  })
}

function toLogin(request: FastifyRequest, reply: FastifyReply, login: string, cookie: string) {
  const asked = new URLSearchParams()
  if (request.method === 'GET') asked.set('return_to', request.url)
  if (request.cookies[cookie]) asked.set('ended', '1')
  return reply.redirect(`/login/${login}?${asked}`, 303)
}

/** The account behind a request that a guard let in. */
export function signedIn(request: FastifyRequest): SignedIn {
  const { account } = request.session
  if (!account) throw new Error('This page has no guard.')
  return account
}

/** The member of the staff behind a request that a guard let in. */
export function signedInStaff(request: FastifyRequest): SignedInStaff {
  const { staff } = request.session
  if (!staff) throw new Error('This page has no guard.')
  return staff
}

/**
 * Refuses a state change that another site may have started: a browser says where a request comes
 * from in Sec-Fetch-Site, older ones in Origin; a request that says neither is refused (OWASP ASVS 5.0, 3.5).
 */
export function sameSiteOnly(origin: string) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return
    const site = request.headers['sec-fetch-site']
    const ours = site === undefined ? request.headers.origin === origin : site === 'same-origin'
    if (!ours) return reply.failed(403)
  }
}
