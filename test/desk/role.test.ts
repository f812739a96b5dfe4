import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { buildApp } from '../../src/app.ts'
import { openPortal } from '../../src/web/portal.ts'
import { lostMail, openDesk, workingAt } from '../helpers/desk.ts'
import { addIncident } from '../helpers/incident.ts'

const name = `web_${randomBytes(6).toString('hex')}`
const owners = await openDesk()
await addIncident(owners.db, 'outage')
const { portal, close } = openPortal({ ...owners.config, fourEyes: 'off' }, await webRole())
const app = await buildApp(portal)
after(async () => {
  await app.close()
  await close()
})

/** A role with what docs/operating.md grants to the web process and its desk, and no more. @returns its URL */
async function webRole(): Promise<string> {
  const operating = readFileSync(path.join(import.meta.dirname, '../../docs/operating.md'), 'utf8')
  const section = operating.split('## Database roles')[1]?.split('\n## ')[0] ?? ''
  const grants = section.match(/^grant [^;]+;/gm) ?? []
  assert.ok(grants.length > 8)
  await sql.raw(`create role ${name} login password 'web'`).execute(owners.db)
  for (const grant of grants) await sql.raw(grant.replaceAll('portal_web', name)).execute(owners.db)
  const url = new URL(owners.url)
  url.username = name
  url.password = 'web'
  return url.href
}

test('the role of the web process may do what the desk does', async () => {
  const { db } = portal
  const { send, upload, loaded, read } = workingAt({ app, db, cookies: owners.cookies })
  const { rows } = await sql<{ role: string }>`select current_user as role`.execute(db)
  assert.match(rows[0]?.role ?? '', /^web_/)
  const description = { slug: 'second', from: '2017-04-13T20:06', to: '2017-04-13T22:25', zone: 'Asia/Tokyo' }
  const texts = {
    title_ja: '消失',
    title_en: 'Lost',
    unaffected_ja: '',
    unaffected_en: '',
    domains: 'new.example'
  }
  assert.equal((await send('/desk/incidents/new', { ...description, ...texts })).statusCode, 303)
  assert.equal(
    (await send('/desk/incidents/second/edit', { ...texts, ...description, domains: 'x.example' }))
      .statusCode,
    303
  )
  for (const [version, rows] of [
    ['hanako@aoba.example 20:10', 'gone@aoba.example 20:10'],
    ['info@aoba-net.example 20:10']
  ].entries()) {
    await upload('outage', { 'lost.csv': lostMail(...rows) })
    const { state, message } = await loaded()
    assert.equal(state, 'done', message)
    const form = { against: String(version), clear: 'yes' }
    const { statusCode } = await send(`/desk/incidents/outage/scopes/${version + 1}/publish`, form)
    assert.equal(statusCode, 303)
    assert.match(
      await read(`/desk/incidents/outage/scopes/${version + 1}`),
      /Members’ verdicts are bound to this version/
    )
  }
  assert.equal((await send('/desk/incidents/outage/scopes/2/withdraw', { clear: 'yes' })).statusCode, 303)
  assert.match(await read('/desk/incidents/outage/figures'), /Users affected 1/)
})
