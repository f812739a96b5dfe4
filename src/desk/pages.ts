import type { FastifyInstance } from 'fastify'
import { onlyStaff } from '../web/access.ts'
import type { Portal } from '../web/portal.ts'
import { figurePages } from './figure-pages.ts'
import { incidentPages } from './incident-pages.ts'
import { noticePages } from './notice-pages.ts'
import { publicationPages } from './publication-pages.ts'
import { reportNoticePages } from './report-notice-pages.ts'
import { reportPages } from './report-pages.ts'
import { reportPublicationPages } from './report-publication-pages.ts'
import { reviewPages } from './review-pages.ts'
import { textPages } from './text-pages.ts'
import { uploadPages } from './upload-pages.ts'

/** From an outage to published verdicts, by the operators. */
export async function deskPages(app: FastifyInstance, portal: Portal) {
  app.addHook('onRequest', onlyStaff(['operator', 'admin'], portal.config.https))
  // What was given to this plugin has its prefix in it.
  const parts = { ...portal, prefix: '' }
  await app.register(incidentPages, parts)
  await app.register(uploadPages, parts)
  await app.register(reviewPages, parts)
  await app.register(publicationPages, parts)
  await app.register(figurePages, parts)
  await app.register(noticePages, parts)
  await app.register(reportPages, parts)
  await app.register(textPages, parts)
  await app.register(reportPublicationPages, parts)
  await app.register(reportNoticePages, parts)
}
