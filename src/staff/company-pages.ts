import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { note } from '../audit/record.ts'
import { countActivity } from '../operations/activity.ts'
import { retryAfter } from '../web/pages.ts'
import { localPath } from '../web/paths.ts'
import type { Portal } from '../web/portal.ts'
import { seal, unseal } from '../web/seal.ts'
import { welcome } from './colleagues.ts'
import { arrive, type Departure, depart } from './company.ts'
import { homes, openStaffSession } from './entrance.ts'

const Query = Type.Object({
  return_to: Type.String({ default: '' }),
  fresh: Type.Enum(['', '1'], { default: '' })
})

/** Seconds between leaving for the company's login and coming back. */
const longestWay = 600
const here = '/login/staff/company'

type Remembered = Departure & { returnTo: string }

/** The login of staff by their company account (OpenID Connect); where there is none, nothing is here. */
export async function companyPages(app: FastifyInstance, portal: Portal) {
  const { config } = portal
  const cookie = config.https ? '__Host-company' : 'company'
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure: config.https } as const
  const key = { secret: config.secret, purpose: 'company login' }

  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  app.get(here, { schema: { querystring: Query }, exposeHeadRoute: false }, async (request, reply) => {
    if (!config.company) return reply.callNotFound()
    const { return_to, fresh } = request.query as Static<typeof Query>
    const returnTo = localPath(return_to) ?? ''
    try {
      const { url, departure } = await depart(
        config.company,
        `${config.origin}${here}/callback`,
        fresh === '1'
      )
      const sealed = seal(key, '', JSON.stringify({ ...departure, returnTo } satisfies Remembered))
      return reply.setCookie(cookie, sealed, { ...options, maxAge: longestWay }).redirect(url, 303)
    } catch (error) {
      request.log.error(error, 'the company login does not answer')
      reply.code(503).header('retry-after', retryAfter())
      return again(reply, returnTo, 'staff.company_away')
    }
  })

  app.get(`${here}/callback`, { exposeHeadRoute: false }, async (request, reply) => {
    if (!config.company) return reply.callNotFound()
    const remembered = recall(request)
    reply.clearCookie(cookie, options)
    const staff = remembered && (await enter(request, remembered))
    if (staff) return reply.redirect(remembered.returnTo || homes[staff.role], 303)
    return again(reply.code(400), remembered?.returnTo ?? '', 'staff.company_refused')
  })

  /** What this browser left with, less than 10 minutes ago. */
  function recall({ cookies }: FastifyRequest): Remembered | undefined {
    const text = unseal(key, '', cookies[cookie] ?? '')
    const remembered = text === undefined ? undefined : (JSON.parse(text) as Remembered)
    return remembered && remembered.at > Date.now() - longestWay * 1_000 ? remembered : undefined
  }

  async function enter(request: FastifyRequest, remembered: Remembered) {
    const colleague = await identify(request, remembered)
    const staff = colleague && (await welcome(portal.signInDb, colleague))
    const entering = staff && { staff, confirmedAt: colleague.confirmedAt }
    if (entering && (await openStaffSession(portal, request, entering))) return staff
    countActivity('refused')
    const details = { by: 'company', staff: colleague?.names[0] ?? null }
    await note(portal.signInDb, { actor: { kind: 'nobody' }, action: 'staff login refused', details })
    return undefined
  }

  async function identify(request: FastifyRequest, departure: Departure) {
    if (!config.company) return undefined
    try {
      return await arrive(config.company, new URL(request.url, config.origin), departure)
    } catch (error) {
      // Its parts may hold codes and tokens.
      request.log.warn({ reason: (error as Error).message }, 'a company login was refused')
      return undefined
    }
  }

  function again(reply: FastifyReply, return_to: string, text: string) {
    const values = { login_id: '', return_to }
    return reply.page('staff/login', { values, company: true, errors: [{ field: 'company', text }] })
  }
}
