import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccountKind } from '../database/tables.ts'
import { type SignedIn, sessionCookie } from './sessions.ts'

/** Lets in only accounts of this kind; others are sent to its login, and back after it. */
export function only(kind: AccountKind, https: boolean) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store')
    const account = request.session.account
    if (account?.kind === kind) return
    if (account) return reply.failed(403)
    const asked = new URLSearchParams()
    if (request.method === 'GET') asked.set('return_to', request.url)
    if (request.cookies[sessionCookie(https)]) asked.set('ended', '1')
    return reply.redirect(`/login/${kind}?${asked}`, 303)
  }
}

/** The account behind a request that a guard let in. */
export function signedIn(request: FastifyRequest): SignedIn {
  const { account } = request.session
  if (!account) throw new Error('This page has no guard.')
  return account
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
