import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { addIncident } from '../helpers/incident.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, url } = await openTestPortal()
await addCast(db)
for (const id of ['A0012345', 'A0099999']) await setPassword(db, id, 'right')
await addIncident(db, 'outage')
await mypage(url, 'incident', 'publish', 'outage')
const cookie = await signIn(app, 'business', 'A0012345', 'right')
const list = '/business/incidents/outage'
const get = (path: string, as = cookie) =>
  app.inject({ url: path, headers: { cookie: as, 'accept-language': 'en' } })
const unreadable = /The search in this link can no longer be read/

async function search(form: Record<string, string>, as = cookie): Promise<string> {
  const { statusCode, headers } = await post(app, `${list}/search`, form, as)
  assert.equal(statusCode, 303)
  return String(headers.location)
}

test('neither the search nor the domain stands in the address of the page', async () => {
  const location = await search({ q: 'sales', domain: 'aoba-net.example', verdict: 'undetermined' })
  assert.match(
    location,
    /^\/business\/incidents\/outage\?verdict=undetermined&sort=address&direction=asc&search=[\w-]+$/
  )
  const sealed = new URLSearchParams(location.split('?')[1]).get('search') ?? ''
  assert.doesNotMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /sales|aoba/)
})

test('a search finds what was typed, and keeps it in the form', async () => {
  const { body } = await get(await search({ q: ' ＳＡＬＥＳ＠', domain: '' }))
  assert.match(body, />sales@aoba-net\.example<\/a>/)
  assert.doesNotMatch(body, />info@aoba-net\.example<\/a>/)
  assert.match(body, /value=" ＳＡＬＥＳ＠"/)
})

test('one or two characters find the addresses that begin with them', async () => {
  const { body } = await get(await search({ q: 'JI' }))
  assert.match(body, />jinji@akane\.example<\/a>/)
  assert.doesNotMatch(body, />info@aoba-net\.example<\/a>/)
})

test('a sealed search that was changed, or is of another account, narrows nothing and says so', async () => {
  const location = await search({ q: 'sales' })
  const changed = await get(`${location.slice(0, -2)}AA`)
  assert.match(changed.body, unreadable)
  assert.match(changed.body, />info@aoba-net\.example<\/a>/)
  const other = await get(location, await signIn(app, 'business', 'A0099999', 'right'))
  assert.match(other.body, unreadable)
  assert.match(other.body, />keiri@aoba-net\.example<\/a>/)
  assert.match((await get(`${list}?search=x`)).body, unreadable)
})

test('a search that is too long is refused, with the list as it was', async () => {
  const { statusCode, body } = await post(
    app,
    `${list}/search`,
    { q: 'a'.repeat(101) },
    `${cookie}; language=en`
  )
  assert.equal(statusCode, 400)
  assert.match(body, /<a href="#q">Enter 100 characters or fewer<\/a>/)
  assert.match(body, />info@aoba-net\.example<\/a>/)
})

test('control characters and wildcards in a search do no harm', async () => {
  for (const q of ['\0sales', '%', '__', '\\', "'; drop table addresses; --", '\ud800'])
    assert.equal((await get(await search({ q }))).statusCode, 200)
})

test('a business sees its own addresses only, whatever number it asks for', async () => {
  const rows = await db
    .selectFrom('addresses')
    .innerJoin('accounts', 'accounts.id', 'account_id')
    .select(['addresses.id', 'email', 'login_id'])
    .execute()
  for (const { id, login_id, email } of rows) {
    const own = login_id === 'A0012345'
    for (const path of [`/addresses/${id}`, `?after=${id}`, `?before=${id}`]) {
      const { statusCode, body } = await get(list + path)
      assert.equal(statusCode, own ? 200 : 404, path)
      if (!own) assert.ok(!body.includes(email))
    }
    assert.equal((await get(`${list}/addresses/${id}/lost-mail.csv`)).statusCode, 404)
  }
  assert.equal((await get(`${list}/addresses/999999999`)).statusCode, 404)
  assert.equal((await get('/business/incidents/nothing')).statusCode, 404)
})
