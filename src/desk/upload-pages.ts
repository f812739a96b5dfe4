import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { actorOf } from '../audit/record.ts'
import type { CoverageGap } from '../database/tables.ts'
import { findIncident, type Incident } from '../incidents/queries.ts'
import { timeReader } from '../incidents/time.ts'
import { signedInStaff } from '../web/access.ts'
import type { Portal } from '../web/portal.ts'
import { showIncident } from './incident-view.ts'
import { endLoads, mayLoad, startLoad } from './load-job.ts'
import { largest, type Refusal, receiveFiles, removeUpload, TooLarge, type Upload } from './upload.ts'

const hour = 60 * 60 * 1_000
/** Of the form around the files. */
const frame = 1024 ** 2

/** Lost-mail files become a draft scope: received here, loaded in a thread. */
export async function uploadPages(app: FastifyInstance, portal: Portal) {
  await app.register(multipart)
  app.addHook('onClose', () => endLoads(portal.db))

  app.post('/incidents/:slug/files', { config: { receivedWithin: hour } }, async (request, reply) => {
    const incident = await findIncident(portal.db, (request.params as { slug: string }).slug)
    if (!incident) return reply.callNotFound()
    if (!request.isMultipart()) return refuse(reply, incident, 'none')
    if (!mayLoad()) return refuse(reply, incident, 'busy')
    if (Number(request.headers['content-length'] ?? 0) > largest + frame)
      return refuse(reply, incident, 'large')
    try {
      const upload = await receiveFiles(request, portal.config)
      if (typeof upload === 'string') return refuse(reply, incident, upload)
      const gaps = readGaps(upload, incident)
      if (!gaps) {
        await removeUpload(upload.folder)
        return refuse(reply, incident, 'gap')
      }
      await startLoad(portal, app.log, { ...upload, incident, gaps, actor: actorOf(signedInStaff(request)) })
      return reply.redirect(`/desk/incidents/${incident.slug}#loads`, 303)
    } catch (error) {
      if (error instanceof TooLarge) return refuse(reply, incident, 'large')
      // The browser is gone, or what it sent is no form: nothing was kept.
      if (request.raw.errored || request.raw.aborted || isMalformed(error))
        return refuse(reply, incident, 'broken')
      throw error
    }
  })

  function refuse(reply: FastifyReply, incident: Incident, why: Refusal | 'gap' | 'broken' | 'busy') {
    const large = why === 'large'
    if (large || why === 'broken') reply.header('connection', 'close')
    const errors = [{ field: why === 'gap' ? 'gap_from' : 'files', text: `errors.upload_${why}` }]
    return showIncident(portal, reply.code(large ? 413 : 400), incident, errors)
  }
}

function isMalformed(error: unknown): boolean {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  return (
    statusCode !== undefined || /^(ERR_STREAM|ECONN)/.test(code ?? '') || /multipart/i.test(message ?? '')
  )
}

/** The time span that the logs do not cover, if one is told; undefined where it is none within the window. */
function readGaps({ fields }: Upload, { zone, starts_at, ends_at }: Incident): CoverageGap[] | undefined {
  const { gap_from = '', gap_to = '' } = fields
  if (gap_from === '' && gap_to === '') return []
  const [from, to] = [gap_from, gap_to].map(timeReader(zone))
  if (!from || !to || 'problem' in from || 'problem' in to || from.time >= to.time) return undefined
  if (to.time <= starts_at || from.time >= ends_at) return undefined
  return [{ from: from.time.toISOString(), to: to.time.toISOString() }]
}
