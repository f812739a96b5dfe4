import { readFileSync } from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type { Portal } from './portal.ts'

const month = '30d'

export const assetFolder = path.join(import.meta.dirname, '../../views/assets')
export const baseStyle = path.join(import.meta.dirname, '../../node_modules/@picocss/pico/css/pico.min.css')

export function accentStyle(accent: string): string {
  return `:root{--accent:${accent}}`
}

/** Style sheets, script and the provider's own face. */
export async function useAssets(app: FastifyInstance, { config }: Portal) {
  const { accent, logo } = config.provider
  await app.register(fastifyStatic, {
    root: assetFolder,
    prefix: '/assets/',
    maxAge: month,
    index: false,
    wildcard: false
  })

  app.get('/assets/base.css', (_request, reply) =>
    reply.sendFile(path.basename(baseStyle), path.dirname(baseStyle), { maxAge: month })
  )

  const style = accentStyle(accent)
  app.get('/assets/accent.css', (_request, reply) =>
    reply.type('text/css').header('cache-control', 'public, max-age=300').send(style)
  )

  if (!logo) return
  const picture = readFileSync(logo)
  const type = logo.endsWith('.svg') ? 'image/svg+xml' : 'image/png'
  app.get('/assets/logo', (_request, reply) =>
    reply.type(type).header('cache-control', 'public, max-age=300').send(picture)
  )
}
