import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import { post } from './portal.ts'

type Answer = Awaited<ReturnType<typeof post>>

/** Opens an account as an agent does: reason and ticket, then the page. */
export async function openAccount(app: FastifyInstance, cookie: string, id: string): Promise<Answer> {
  const url = `/support/accounts/${id}`
  const opened = await post(app, url, { reason: 'call', ticket: 'T-100' }, cookie)
  assert.equal(opened.statusCode, 303)
  assert.equal(opened.headers.location, url)
  return app.inject({ url, headers: { cookie } })
}

/** The 6 digits that a member's page shows. */
export function codeIn(body: string): string {
  const [, head = '', tail = ''] = /(\d{3}) (\d{3})<\/strong>/.exec(body) ?? []
  assert.equal(`${head}${tail}`.length, 6)
  return `${head}${tail}`
}

/** Neither a sender nor a time at which mail was lost: of that day only the window of the outage may be told. */
export function assertSealed(body: string) {
  assert.doesNotMatch(body, /shop\.example/)
  assert.doesNotMatch(body, /2017年4月13日（木）2\d:(?!06〜22:25)/)
  assert.doesNotMatch(body, /2017-04-13/)
}
