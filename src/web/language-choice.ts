import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Language } from '../database/tables.ts'
import { localPath } from './paths.ts'
import type { Portal } from './portal.ts'

const year = 365 * 24 * 60 * 60

const Choice = Type.Object({
  language: Type.Enum(['ja', 'en']),
  return_to: Type.String({ default: '/' })
})

export async function languagePages(app: FastifyInstance, { config }: Portal) {
  app.post('/language', { schema: { body: Choice } }, async (request, reply) => {
    const { language, return_to } = request.body as Static<typeof Choice>
    keepChoice(reply, language, config.https)
    return reply.redirect(localPath(return_to) ?? '/', 303)
  })
}

/** A link from a page that is the same for everybody carries its language: who read it there goes on in it. */
export function takeLanguage(app: FastifyInstance, { config }: Portal) {
  app.addHook('onRequest', async (request, reply) => {
    const { language } = request.query as { language?: unknown }
    if (language !== 'ja' && language !== 'en') return
    request.cookies.language = language
    keepChoice(reply, language, config.https)
  })
}

function keepChoice(reply: FastifyReply, language: Language, secure: boolean) {
  reply.setCookie('language', language, { path: '/', maxAge: year, sameSite: 'lax', httpOnly: true, secure })
}
