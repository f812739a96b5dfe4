import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { companyClient, type Employee, openCompany } from '../helpers/company.ts'
import { openTestPortal, post, secret } from '../helpers/portal.ts'
import { addStaff, letConfirmationsAge } from '../helpers/staff.ts'

const origin = 'http://127.0.0.1:3000'
const company = await openCompany(origin)
const settings = {
  OIDC_ISSUER: company.issuer,
  OIDC_CLIENT_ID: companyClient.client_id,
  OIDC_CLIENT_SECRET: companyClient.client_secret,
  OIDC_ROLES: 'mypage-support=support,mypage-operator=operator,mypage-admin=admin'
}
const { app, db, pool } = await openTestPortal(settings)

const mariko = { sub: 'm-1', preferred_username: 'Mariko', name: '森 真理子', roles: ['x', 'mypage-support'] }

/** A browser at the company's login, with its cookies there; ends where it is sent back to the portal. */
function browserThere() {
  const cookies = new Map<string, string>()
  return async (start: string): Promise<string> => {
    let url = start
    for (let hops = 0; hops < 10; hops++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
      for (const line of response.headers.getSetCookie()) {
        const [name = '', value = ''] = line.split(';')[0]?.split(/=(.*)/) ?? []
        cookies.set(name, value)
      }
      const next = new URL(response.headers.get('location') ?? assert.fail(await response.text()), url)
      if (next.origin === origin) return next.pathname + next.search
      url = next.href
    }
    throw new Error('redirected for ever')
  }
}

async function leave(query = '') {
  const left = await app.inject(`/login/staff/company${query}`)
  assert.equal(left.statusCode, 303, left.body)
  const [cookie] = left.cookies
  assert.ok(cookie)
  return { url: String(left.headers.location), cookie: `${cookie.name}=${cookie.value}`, attributes: cookie }
}

const comeBack = (url: string, cookie: string) => app.inject({ url, headers: { cookie } })

async function logIn(employee: Employee, { query = '', browser = browserThere() } = {}) {
  company.state.employee = employee
  const { url, cookie } = await leave(query)
  const back = await comeBack(await browser(url), cookie)
  const session = back.cookies.find(({ name }) => name === 'staff')
  return { back, session: session ? `staff=${encodeURIComponent(session.value)}` : '' }
}

const rowOf = (sub: string) =>
  db.selectFrom('staff').selectAll().where('subject', '=', `${company.issuer} ${sub}`).executeTakeFirst()
const homeOf = async (cookie: string) =>
  (await app.inject({ url: '/login/staff', headers: { cookie } })).headers.location

test('a colleague is sent to the company with state, nonce and PKCE, and comes back logged in', async () => {
  const { url, attributes } = await leave()
  const asked = Object.fromEntries(new URL(url).searchParams)
  assert.equal(asked.code_challenge_method, 'S256')
  for (const name of ['state', 'nonce', 'code_challenge']) assert.ok((asked[name]?.length ?? 0) >= 40, name)
  assert.equal(attributes.httpOnly, true)
  assert.equal(attributes.sameSite, 'Lax')
  assert.equal(attributes.maxAge, 600)
  assert.doesNotMatch(attributes.value, new RegExp(asked.state ?? '-'))

  const { back, session } = await logIn(mariko)
  assert.equal(back.statusCode, 303)
  assert.equal(back.headers.location, '/support')
  assert.equal(await homeOf(session), '/support')
  const row = await rowOf('m-1')
  assert.deepEqual(
    [row?.login_id, row?.name, row?.role, row?.password_hash],
    ['mariko', '森 真理子', 'support', null]
  )
  const { rows } = await pool.query('select actor, action, details from audit_events order by id')
  assert.deepEqual(rows, [
    { actor: 'mariko', action: 'staff added', details: { staff: 'mariko', role: 'support', by: 'company' } },
    { actor: 'mariko', action: 'staff login', details: { by: 'company' } }
  ])
})

test('the highest role of the claim is taken anew at every login; without one nobody enters', async () => {
  const grown = await logIn({ ...mariko, name: '林 真理子', roles: ['mypage-support', 'mypage-admin'] })
  assert.equal(grown.back.headers.location, '/desk')
  assert.equal((await rowOf('m-1'))?.name, '林 真理子')
  const shrunk = await logIn({ ...mariko, roles: ['mypage-operator'] })
  assert.equal(shrunk.back.headers.location, '/desk')
  assert.equal((await rowOf('m-1'))?.role, 'operator')

  for (const roles of [[], ['admin'], undefined]) {
    const refused = await logIn({ sub: 'm-2', preferred_username: 'guest', ...(roles ? { roles } : {}) })
    assert.equal(refused.back.statusCode, 400)
    assert.match(refused.back.body, /会社のアカウントではログインできませんでした/)
    assert.equal(refused.session, '')
  }
  assert.equal(await rowOf('m-2'), undefined)
})

test('another state, another nonce, no cookie and a return that was used are refused', async () => {
  company.state.employee = mariko
  const [one, other] = [await leave(), await leave()]
  const back = await browserThere()(one.url)
  assert.equal((await comeBack(back, other.cookie)).statusCode, 400, 'state of another login')
  assert.equal((await comeBack(back, '')).statusCode, 400, 'no cookie')
  assert.equal((await comeBack(back, `${one.cookie.slice(0, -4)}AAAA`)).statusCode, 400, 'changed cookie')

  const mixed = new URL(other.url)
  mixed.searchParams.set('nonce', 'another-nonce-than-the-one-that-is-remembered')
  assert.equal((await comeBack(await browserThere()(mixed.href), other.cookie)).statusCode, 400, 'nonce')

  const fresh = await leave()
  const used = await browserThere()(fresh.url)
  assert.equal((await comeBack(used, fresh.cookie)).statusCode, 303)
  assert.equal((await comeBack(used, fresh.cookie)).statusCode, 400, 'replayed')
  const { rows } = await pool.query(
    `select details from audit_events where action = 'staff login refused' order by id desc limit 1`
  )
  assert.deepEqual(rows[0]?.details, { by: 'company', staff: null })
})

test('who refuses at the company is not logged in, and may try again', async () => {
  const { url, cookie } = await leave('?return_to=/desk/live')
  const state = new URL(url).searchParams.get('state')
  const back = await comeBack(`/login/staff/company/callback?error=access_denied&state=${state}`, cookie)
  assert.equal(back.statusCode, 400)
  assert.match(back.body, /name="return_to" value="\/desk\/live"/)
})

test('where somebody wanted to go is kept, on this site only', async () => {
  const kept = await logIn(mariko, { query: '?return_to=%2Fdesk%2Faudit%3Fbefore%3D7' })
  assert.equal(kept.back.headers.location, '/desk/audit?before=7')
  const elsewhere = await logIn(mariko, { query: '?return_to=https%3A%2F%2Fevil.example%2F' })
  assert.equal(elsewhere.back.headers.location, '/support')
})

test('a login ID that is taken gets a number; without names there is one too', async () => {
  await addStaff(db, 'ken', 'support')
  await logIn({ sub: 'k-1', preferred_username: 'KEN', roles: ['mypage-support'] })
  assert.equal((await rowOf('k-1'))?.login_id, 'ken-2')
  await logIn({ sub: 'k-2', email: 'ken@aoba.example', roles: ['mypage-support'] })
  assert.equal((await rowOf('k-2'))?.login_id, 'ken@aoba.example')
  await logIn({ sub: 'k-3', preferred_username: '健', roles: ['mypage-support'] })
  assert.equal((await rowOf('k-3'))?.login_id, 'staff')
})

test('a disabled colleague is out at once, and does not come in again', async () => {
  const { session } = await logIn(mariko)
  await db
    .updateTable('staff')
    .set(({ eb }) => ({ disabled_at: new Date(), version: eb('version', '+', 1) }))
    .where('login_id', '=', 'mariko')
    .execute()
  assert.equal(await homeOf(session), undefined)
  assert.equal((await logIn(mariko)).back.statusCode, 400)
  await db.updateTable('staff').set({ disabled_at: null }).where('login_id', '=', 'mariko').execute()
})

test('to confirm, the company asks for a new login; an old one there confirms nothing', async () => {
  const browser = browserThere()
  await logIn(mariko, { browser })
  const before = company.state.logins
  const again = await logIn(mariko, { browser })
  assert.equal(company.state.logins, before, 'the company knew who it was')
  assert.equal(again.back.statusCode, 303)
  const fresh = await logIn(mariko, { browser, query: '?fresh=1' })
  assert.equal(company.state.logins, before + 1, 'the company asked')
  assert.equal(fresh.back.statusCode, 303)

  // The company forgets what was asked for, and vouches for a login of 6 minutes ago.
  const elsewhere = browserThere()
  const clock = Date.now
  Date.now = () => clock() - 360_000
  await logIn(mariko, { browser: elsewhere }).finally(() => {
    Date.now = clock
  })
  const { url, cookie } = await leave('?fresh=1')
  const meek = new URL(url)
  meek.searchParams.delete('prompt')
  meek.searchParams.set('max_age', '28800')
  assert.equal((await comeBack(await elsewhere(meek.href), cookie)).statusCode, 400)
  assert.equal((await logIn(mariko, { browser: elsewhere })).back.statusCode, 303)
  const { rows } = await pool.query(
    `select confirmed_at > now() - interval '5 minutes' as confirmed from staff_sessions order by created_at desc`
  )
  assert.equal(rows[0]?.confirmed, false, 'logged in, without a fresh second factor')
})

test('where something is changed, a colleague confirms at the company and comes back to it', async () => {
  const browser = browserThere()
  const { session } = await logIn({ ...mariko, roles: ['mypage-admin'] }, { browser })
  await letConfirmationsAge(db)
  const form = { login_id: 'newcomer', name: '新人', role: 'support' }
  const refused = await post(app, '/desk/staff', form, session)
  assert.equal(refused.statusCode, 400)
  const link = /href="\/login\/staff\/company(\?fresh=1[^"]+)"/
    .exec(refused.body)?.[1]
    ?.replaceAll('&amp;', '&')
  const confirmed = await logIn({ ...mariko, roles: ['mypage-admin'] }, { browser, query: link ?? '' })
  assert.equal(confirmed.back.headers.location, '/desk/staff')
  assert.equal((await post(app, '/desk/staff', form, confirmed.session)).statusCode, 200)
})

test('without a company there is no link and no page; with one the link stands on the login', async () => {
  assert.match((await app.inject('/login/staff')).body, /href="\/login\/staff\/company\?return_to="/)
  const plain = await openTestPortal()
  assert.doesNotMatch((await plain.app.inject('/login/staff')).body, /login\/staff\/company/)
  assert.equal((await plain.app.inject('/login/staff/company')).statusCode, 404)
  assert.equal((await plain.app.inject('/login/staff/company/callback?code=x')).statusCode, 404)
})

test('a company that does not answer is told with 503, the other way in stays', async () => {
  const away = await openTestPortal({ ...settings, OIDC_ISSUER: 'http://127.0.0.1:1' })
  const { statusCode, body } = await away.app.inject('/login/staff/company?return_to=/desk')
  assert.equal(statusCode, 503)
  assert.match(body, /会社のログイン画面につながりません/)
  assert.match(body, /name="password"/)
})

test('mistakes in the settings are told at the start', () => {
  const base = { DATABASE_URL: 'postgres://x', PORTAL_SECRET: secret }
  const told = (more: object) => () => readConfig({ ...base, ...more })
  assert.throws(
    told({ ...settings, OIDC_ISSUER: 'http://login.example' }),
    /OIDC_ISSUER must be an https address/
  )
  assert.throws(told({ ...settings, OIDC_ISSUER: 'login.example' }), /OIDC_ISSUER must be/)
  assert.throws(
    told({ OIDC_ISSUER: 'https://login.example' }),
    /OIDC_CLIENT_ID is missing[^]*OIDC_ROLES is missing/
  )
  assert.throws(told({ ...settings, OIDC_ROLES: 'boss=chief' }), /"boss=chief" must be NAME=support/)
  assert.throws(told({ OIDC_CLIENT_SECRET: 'x' }), /OIDC_CLIENT_SECRET is set, but OIDC_ISSUER is not/)
})
