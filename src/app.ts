import accepts from '@fastify/accepts'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import { type FastifyInstance, fastify } from 'fastify'
import { administrationPages } from './administration/pages.ts'
import { approvalPages } from './approvals/pages.ts'
import { auditPages } from './audit/pages.ts'
import { businessPages } from './businesses/pages.ts'
import { claimPages } from './claims/pages.ts'
import { noticeEvents } from './desk/notice-events.ts'
import { deskPages } from './desk/pages.ts'
import { reportFormPages } from './desk/report-form-pages.ts'
import { individualPages } from './individuals/pages.ts'
import { liveEvents, livePages } from './live/pages.ts'
import { lookUpPages } from './look-ups/pages.ts'
import { useActivity } from './operations/activity.ts'
import { healthPages } from './operations/health.ts'
import { fromExport } from './reports/links.ts'
import { newsPages } from './reports/pages.ts'
import { signInPages } from './sign-in/pages.ts'
import { companyPages } from './staff/company-pages.ts'
import { staffPages } from './staff/pages.ts'
import { supportPages } from './support/pages.ts'
import { sameSiteOnly } from './web/access.ts'
import { useAssets } from './web/assets.ts'
import { checkAddress } from './web/forms.ts'
import { useHeaders } from './web/headers.ts'
import { languagePages, takeLanguage } from './web/language-choice.ts'
import { usePages } from './web/pages.ts'
import { isDecodable } from './web/paths.ts'
import type { Portal } from './web/portal.ts'
import { useSessions } from './web/sessions.ts'
import { limitBodies } from './web/waiting.ts'

/** The portal as an app: what every page has, then the URL map by audience. */
export async function buildApp(portal: Portal) {
  const { config } = portal
  const app = fastify({
    logger: {
      level: config.logLevel,
      serializers: { req: ({ method, routeOptions }) => ({ method, route: routeOptions?.url }) }
    },
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 300 },
    connectionTimeout: 60_000,
    http: { headersTimeout: 30_000 },
    rewriteUrl: ({ url = '/' }) => (isDecodable(url) ? fromExport(url) : '/malformed'),
    forceCloseConnections: 'idle',
    return503OnClosing: false
  })
  app.setValidatorCompiler(checkAddress)
  // Forms are all that is ever posted.
  app.removeAllContentTypeParsers()

  closeConnectionsAtTheEnd(app)
  limitBodies(app)
  await useHeaders(app)
  await app.register(cookie)
  await app.register(accepts)
  await app.register(formbody)
  await usePages(app, portal)
  await useAssets(app, portal)
  app.addHook('onRequest', sameSiteOnly(config.origin))
  useActivity(app, portal.db)

  // Anybody: no session, no cookie, nothing written.
  await app.register(languagePages, portal)
  await app.register(newsPages, portal)
  await app.register(healthPages, portal)

  // With a session; /mypage and /business are closed to anybody else.
  await app.register(async members => {
    takeLanguage(members, portal)
    await useSessions(members, portal, 'account')
    await members.register(signInPages, portal)
    await members.register(individualPages, { ...portal, prefix: '/mypage' })
    await members.register(businessPages, { ...portal, prefix: '/business' })
    for (const [prefix, kind] of [['/mypage', 'individual'] as const, ['/business', 'business'] as const]) {
      await members.register(lookUpPages, { ...portal, kind, prefix })
      await members.register(claimPages, { ...portal, kind, prefix })
    }
  })

  // Staff have sessions of their own; /support and /desk are closed to anybody else.
  await app.register(async staff => {
    await useSessions(staff, portal, 'staff')
    await staff.register(staffPages, portal)
    await staff.register(companyPages, portal)
    await staff.register(supportPages, { ...portal, prefix: '/support' })
    await staff.register(approvalPages, { ...portal, prefix: '/support/approvals' })
    await staff.register(deskPages, { ...portal, prefix: '/desk' })
    await staff.register(reportFormPages, { ...portal, prefix: '/desk' })
    await staff.register(auditPages, { ...portal, prefix: '/desk/audit' })
    await staff.register(administrationPages, { ...portal, prefix: '/desk/staff' })
    await staff.register(livePages, { ...portal, prefix: '/desk/live' })
  })
  // What a page asks for by itself keeps no session alive.
  await app.register(async watching => {
    await useSessions(watching, portal, 'staff', { quiet: true })
    await watching.register(liveEvents, { ...portal, prefix: '/desk/live' })
    await watching.register(noticeEvents, { ...portal, prefix: '/desk' })
  })
  return app
}

/** A connection whose request is under way when the process is told to stop would stay open, and hold it up. */
function closeConnectionsAtTheEnd(app: FastifyInstance) {
  let ending = false
  app.addHook('preClose', async () => {
    ending = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (ending) reply.header('connection', 'close')
  })
}
