import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import type { Settings } from '../../src/config.ts'
import type { Database } from '../../src/database/tables.ts'
import { addCast } from './cast.ts'
import { openTestPortal, post, setPassword } from './portal.ts'
import { addStaff, signInStaff } from './staff.ts'

/** The portal with the cast and two operators, sato and mori, who are logged in. */
export async function openDesk(settings: Partial<Record<keyof Settings, unknown>> = {}) {
  const portal = await openTestPortal(settings)
  const { app, db } = portal
  const ids = await addCast(db)
  await setPassword(db, 'hanako', 'right')
  await addStaff(db, 'sato', 'operator')
  await addStaff(db, 'mori', 'admin')
  const cookies = { sato: await signInStaff(app, db, 'sato'), mori: await signInStaff(app, db, 'mori') }
  return { ...portal, ids, cookies, ...workingAt({ app, db, cookies }) }
}

type Cookies = { sato: string; mori: string }
type Desk = { app: FastifyInstance; db: Database; cookies: Cookies }

/** What a test does as one of the two. */
export function workingAt({ app, db, cookies }: Desk) {
  type Name = keyof Cookies

  /** A page in English, as its text without markup. */
  async function read(url: string, name: Name = 'sato', status = 200) {
    const headers = { cookie: cookies[name], 'accept-language': 'en' }
    const answer = await app.inject({ url, headers })
    assert.equal(answer.statusCode, status, url)
    return textOf(answer.body)
  }

  function send(url: string, form: Record<string, string>, name: Name = 'sato') {
    return post(app, url, form, `${cookies[name]}; language=en`)
  }

  /** Uploads files through the form, with what else is typed into it. */
  async function upload(slug: string, files: Record<string, string>, fields: Record<string, string> = {}) {
    const { body, type } = await formOf(files, fields)
    const headers = { 'sec-fetch-site': 'same-origin', 'content-type': type }
    const url = `/desk/incidents/${slug}/files`
    const cookie = `${cookies.sato}; language=en`
    return app.inject({ method: 'POST', url, headers: { ...headers, cookie }, payload: body })
  }

  /** The newest load, when it is over. */
  async function loaded() {
    for (let tries = 0; ; tries++) {
      assert.ok(tries < 400, 'the load does not end')
      const job = await db
        .selectFrom('desk_jobs')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow()
      if (job.state !== 'running') return job
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  async function audited() {
    const events = await db
      .selectFrom('audit_events')
      .select(['actor', 'action', 'details'])
      .where('actor_kind', 'in', ['staff', 'command'])
      .where('action', '<>', 'staff login')
      .orderBy('id')
      .execute()
    return events.map(({ actor, action, details }) => [actor, action, details])
  }

  return { read, send, upload, loaded, audited }
}

/** A multipart form as a browser sends it. */
export async function formOf(files: Record<string, string>, fields: Record<string, string> = {}) {
  const form = new FormData()
  for (const [name, content] of Object.entries(files)) form.append('files', new File([content], name))
  for (const [name, text] of Object.entries(fields)) form.append(name, text)
  const sent = new Response(form)
  const type = sent.headers.get('content-type') ?? ''
  return { body: Buffer.from(await sent.arrayBuffer()), type }
}

/** The words of a page, with single spaces. */
export function textOf(html: string): string {
  const main = /<main[^]*<\/main>/.exec(html)?.[0] ?? html
  const plain = main
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
  return plain.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#39;', "'").replace(/\s+/g, ' ')
}

const header = 'recipient,received_at,sender,message_id,size,queue_id'

/** A lost-mail file of 13 April 2017; each row is `recipient HH:MM`, in Tokyo. */
export function lostMail(...rows: string[]): string {
  const lines = rows.map((row, at) => {
    const [recipient, time] = row.split(' ')
    return `${recipient},2017-04-13T${time}:00+09:00,shop@shop.example,<${at}@shop.example>,2048,Q${at}`
  })
  return [header, ...lines, ''].join('\n')
}
