import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Language } from '../database/tables.ts'
import { languageOf } from '../web/language.ts'
import type { Portal } from '../web/portal.ts'
import { type Document, languages } from './documents.ts'
import { openNewsstand } from './newsstand.ts'

const ReportParams = Type.Object({
  incident: Type.String(),
  // In one spelling only: each other one would be a page of its own to a cache in front.
  number: Type.String({ pattern: '^[1-9][0-9]{0,4}$' })
})
const params = { schema: { params: ReportParams } }

/** For a CDN and browsers, in seconds: a correction is seen after a few, and what is here stays up when we are away. */
const forEverybody = 'public, max-age=5, stale-while-revalidate=5, stale-if-error=86400'

/**
 * What anybody may read. An address with a language in it gives the same to all: no cookie is set or read, no session,
 * nothing of the request but its path. The others choose the language by the visitor.
 */
export async function newsPages(app: FastifyInstance, { config, db }: Portal) {
  const newsstand = openNewsstand(config, db, error => app.log.error(error))

  app.get('/', (request, reply) => choose(request, reply, 'news'))
  app.get('/news/feed.xml', (request, reply) => choose(request, reply, 'feed'))
  app.get('/news/:incident/:number', params, (request, reply) => choose(request, reply, nameIn(request)))
  app.get('/news/:incident/:number/history', params, (request, reply) =>
    choose(request, reply, `${nameIn(request)}/history`)
  )

  for (const language of languages) {
    const give =
      (name: (request: FastifyRequest) => string) => (request: FastifyRequest, reply: FastifyReply) =>
        giveShared(request, reply, { name: name(request), language })
    app.get(
      `/news/${language}`,
      give(() => 'news')
    )
    app.get(
      `/news/feed.${language}.xml`,
      give(() => 'feed')
    )
    app.get(`/news/:incident/:number/${language}`, params, give(nameIn))
    app.get(
      `/news/:incident/:number/${language}/history`,
      params,
      give(request => `${nameIn(request)}/history`)
    )
  }

  async function choose(request: FastifyRequest, reply: FastifyReply, name: string) {
    const found = await newsstand.find(name, languageOf(request), false)
    if (!found) return reply.callNotFound()
    reply.header('cache-control', 'no-cache').header('vary', 'cookie, accept-language')
    return send(request, reply, found)
  }

  async function giveShared(
    request: FastifyRequest,
    reply: FastifyReply,
    { name, language }: { name: string; language: Language }
  ) {
    const found = await newsstand.find(name, language, true)
    if (!found) return reply.callNotFound()
    reply.header('cache-control', forEverybody)
    return send(request, reply, found)
  }
}

function nameIn(request: FastifyRequest): string {
  const { incident, number } = request.params as Static<typeof ReportParams>
  return `${incident}/${number}`
}

function send(request: FastifyRequest, reply: FastifyReply, { body, type, etag, language }: Document) {
  reply.header('etag', etag).header('content-language', language)
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.type(type).send(body)
}

/** Whether the visitor has just this copy; a proxy that packs answers marks the tag as a weak one (RFC 9110, 13.1.2). */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header === '*' || header.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)
}
