import { createHash, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Eta } from 'eta'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseAway } from '../database/away.ts'
import type { Language } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import { languageOf, textsIn } from './language.ts'
import { localPath } from './paths.ts'
import type { Portal } from './portal.ts'

const views = path.join(import.meta.dirname, '../../views')
const eta = new Eta({ views, cache: true, autoTrim: [false, 'nl'] })

declare module 'fastify' {
  interface FastifyReply {
    /** Sends a view as a page, with the texts, formats and provider that every page needs. */
    page: (view: string, data?: PageData) => FastifyReply
    /** A view as text, for what is sent bit by bit. */
    drawn: (view: string, data?: PageData) => string
    /** Sends the error page of a status. */
    failed: (status: ErrorStatus) => FastifyReply
  }
}

/** What a view shows; `zone` is the time zone of its times. */
type PageData = Record<string, unknown> & { zone?: string }
type ErrorStatus = 400 | 403 | 404 | 413 | 429 | 500 | 503
const known = [400, 403, 404, 413, 429, 500, 503]

/** Seconds after which to come back, different for each visitor so that they do not all return at once. */
export function retryAfter(): number {
  return randomInt(5, 20)
}

export async function usePages(app: FastifyInstance, portal: Portal) {
  app.decorateReply('page', function (this: FastifyReply, view: string, data: PageData = {}) {
    this.header('vary', 'cookie, accept-language').header('content-language', languageOf(this.request))
    return this.type('text/html; charset=utf-8').send(this.drawn(view, data))
  })
  app.decorateReply('drawn', function (this: FastifyReply, view: string, data: PageData = {}) {
    const { request } = this
    const visitor = {
      account: request.session?.account,
      staff: request.session?.staff,
      here: hereOf(request)
    }
    return drawPage(portal, view, { ...data, ...visitor, language: languageOf(request) })
  })
  app.decorateReply('failed', function (this: FastifyReply, status: ErrorStatus) {
    if (status === 503 || status === 429) this.header('retry-after', retryAfter())
    this.header('cache-control', 'no-store')
    return this.code(status).page('errors/error', { status })
  })
  app.setNotFoundHandler((_request, reply) => reply.failed(404))
  app.setErrorHandler(showError)
}

/** The one place for what nobody expected; the visitor sees the error page of its status. */
function showError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const status = statusOf(error)
  if (status >= 500) request.log.error({ err: error }, 'a request failed')
  return reply.failed(status)
}

function statusOf(error: FastifyError): ErrorStatus {
  const status = error.statusCode ?? (isDatabaseAway(error) ? 503 : 500)
  if (known.includes(status)) return status as ErrorStatus
  return status >= 400 && status < 500 ? 400 : 500
}

/** A page as it is for a language, whoever asks for it. */
export function drawPage(
  { config }: Pick<Portal, 'config'>,
  view: string,
  { language, ...data }: PageData & { language: Language }
): string {
  const { name, ...provider } = config.provider
  return eta.render(view, {
    ...data,
    t: textsIn(language),
    language,
    other: language === 'ja' ? 'en' : 'ja',
    format: formatsFor(language, data.zone ?? 'Asia/Tokyo'),
    formatIn: (other: string) => formatsFor(language, other),
    provider: { ...provider, name: name[language] },
    assets
  })
}

/** The page that a visitor is on; of an answer to a form, the page that the form stands on. */
function hereOf({ method, url, headers, host }: FastifyRequest): string {
  if (method === 'GET') return url
  const from = URL.parse(headers.referer ?? '')
  return (from?.host === host && localPath(from.pathname + from.search)) || '/'
}

/** Each asset's address with a fingerprint of its content, so that browsers may keep it for good. */
function fingerprints(): Record<string, string> {
  const files = { look: 'assets/look.css', script: 'assets/enhance.js' }
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => {
      const print = createHash('sha256')
        .update(readFileSync(path.join(views, file)))
        .digest('hex')
        .slice(0, 12)
      return [name, `/${file}?v=${print}`]
    })
  )
}

const assets = fingerprints()
