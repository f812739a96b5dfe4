import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { openOutage } from '../helpers/outage.ts'
import { post, signIn } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const routes = new Set<string>()
subscribe('fastify.initialization', told => {
  const { fastify } = told as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const verb of [method].flat()) if (verb !== 'HEAD') routes.add(`${verb} ${url}`)
  })
})
const { app, db, base } = await openOutage()

for (const role of ['support', 'operator', 'admin'] as const) await addStaff(db, role, role)
const colleague = await addStaff(db, 'colleague', 'support')

type Role = 'anonymous' | 'hanako' | 'taro' | 'A0012345' | 'A0099999' | 'support' | 'operator' | 'admin'
const cookies: Record<Role, string> = {
  anonymous: '',
  hanako: await signIn(app, 'individual', 'hanako', 'right'),
  taro: await signIn(app, 'individual', 'taro', 'right'),
  A0012345: await signIn(app, 'business', 'A0012345', 'right'),
  A0099999: await signIn(app, 'business', 'A0099999', 'right'),
  support: await signInStaff(app, db, 'support'),
  operator: await signInStaff(app, db, 'operator'),
  admin: await signInStaff(app, db, 'admin')
}
const roles = Object.keys(cookies) as Role[]

const address = async (email: string) =>
  (await db.selectFrom('addresses').select('id').where('email', '=', email).executeTakeFirstOrThrow()).id
const [hanakos, companys] = [await address('hanako@aoba.example'), await address('info@aoba-net.example')]
const { id: message } = await db
  .selectFrom('lost_messages')
  .select('id')
  .where('email', '=', 'hanako@aoba.example')
  .limit(1)
  .executeTakeFirstOrThrow()

const { id: report } = await db.selectFrom('report_drafts').select('id').executeTakeFirstOrThrow()

const [taros, sales] = [await address('taro@aoba.example'), await address('sales@aoba-net.example')]
const accountOf = async (login: string) =>
  (await db.selectFrom('accounts').select('id').where('login_id', '=', login).executeTakeFirstOrThrow()).id
const [hanako, company] = [await accountOf('hanako'), await accountOf('A0012345')]
const lookUpOf = async (account_id: string) => {
  const { id: staff_id } = await db.selectFrom('staff').select('id').limit(1).executeTakeFirstOrThrow()
  const row = { account_id, staff_id, reason: 'call' as const, ticket: 'T-1' }
  return (await db.insertInto('look_ups').values(row).returning('id').executeTakeFirstOrThrow()).id
}
const [lookedUp, companyLookedUp] = [await lookUpOf(hanako), await lookUpOf(company)]
const claim = { incident: 'outage', expected_at: '2017-04-13T21:00', sender: 'x' }

// What each role gets, in the order of the roles. Hanako and A0012345 own what is named. To members' pages staff are
// anybody, and so are members to those of staff: their sessions have nothing to do with each other.
type Statuses = [number, number, number, number, number, number, number, number]
const same = (status: number): Statuses => [status, status, status, status, status, status, status, status]
const members = (...[hanako, taro, company, other]: [number, number, number, number]): Statuses => [
  303,
  ...([hanako, taro, company, other] as const),
  ...([303, 303, 303] as const)
]
const everybody = same(200)
const individuals = members(200, 200, 403, 403)
const businesses = members(403, 403, 200, 200)
const onlyHanako = members(200, 404, 403, 403)
const onlyCompany = members(403, 403, 200, 404)
const operators = (status: number): Statuses => [303, 303, 303, 303, 303, 403, status, status]
const admins = (status: number): Statuses => [303, 303, 303, 303, 303, 403, 403, status]
const agents = (status: number): Statuses => [303, 303, 303, 303, 303, status, 403, status]
const staff = (status: number): Statuses => [303, 303, 303, 303, 303, status, status, status]
const desk = (status: number): Statuses => [303, 303, 303, 303, 303, 403, status, status]
const outage = '/mypage/incidents/outage'
const incident = '/desk/incidents/outage'
const contract = '/business/incidents/outage'

type Expected = { url: string; form?: Record<string, string>; statuses: Statuses; stream?: true }
const expected: Record<string, Expected> = {
  'GET /': { url: '/', statuses: everybody },
  'GET /news/:incident/:number': { url: '/news/outage/1', statuses: everybody },
  'GET /news/:incident/:number/history': { url: '/news/outage/1/history', statuses: everybody },
  'GET /news/:incident/:number/ja': { url: '/news/outage/1/ja', statuses: everybody },
  'GET /news/:incident/:number/en': { url: '/news/outage/1/en', statuses: everybody },
  'GET /news/:incident/:number/ja/history': { url: '/news/outage/1/ja/history', statuses: everybody },
  'GET /news/:incident/:number/en/history': { url: '/news/outage/1/en/history', statuses: everybody },
  'GET /news/ja': { url: '/news/ja', statuses: everybody },
  'GET /news/en': { url: '/news/en', statuses: everybody },
  'GET /news/feed.xml': { url: '/news/feed.xml', statuses: everybody },
  'GET /news/feed.ja.xml': { url: '/news/feed.ja.xml', statuses: everybody },
  'GET /news/feed.en.xml': { url: '/news/feed.en.xml', statuses: everybody },
  'GET /healthz': { url: '/healthz', statuses: everybody },
  'GET /readyz': { url: '/readyz', statuses: everybody },
  'GET /assets/base.css': { url: '/assets/base.css', statuses: everybody },
  'GET /assets/accent.css': { url: '/assets/accent.css', statuses: everybody },
  'GET /assets/look.css': { url: '/assets/look.css', statuses: everybody },
  'GET /assets/enhance.js': { url: '/assets/enhance.js', statuses: everybody },
  'POST /language': { url: '/language', form: { language: 'ja' }, statuses: same(303) },
  'GET /login/individual': { url: '/login/individual', statuses: [200, 303, 303, 200, 200, 200, 200, 200] },
  'GET /login/business': { url: '/login/business', statuses: [200, 200, 200, 303, 303, 200, 200, 200] },
  'POST /login/individual': { url: '/login/individual', form: {}, statuses: same(400) },
  'POST /login/business': { url: '/login/business', form: {}, statuses: same(400) },
  'GET /logged-out': { url: '/logged-out', statuses: everybody },
  'GET /mypage': { url: '/mypage', statuses: individuals },
  'GET /mypage/incidents/:slug': { url: `${outage}?address=${hanakos}`, statuses: onlyHanako },
  'GET /mypage/incidents/:slug/lost-mail.csv': {
    url: `${outage}/lost-mail.csv?address=${hanakos}`,
    statuses: onlyHanako
  },
  'GET /mypage/incidents/:slug/messages/:message': {
    url: `${outage}/messages/${message}?address=${hanakos}`,
    statuses: onlyHanako
  },
  'POST /mypage/incidents/:slug/handled': {
    url: `${outage}/handled`,
    form: { address: hanakos, done: message },
    statuses: members(303, 404, 403, 403)
  },
  'GET /business': { url: '/business', statuses: businesses },
  'GET /business/incidents/:slug': { url: contract, statuses: businesses },
  'POST /business/incidents/:slug/search': {
    url: `${contract}/search`,
    form: { q: 'info' },
    statuses: members(403, 403, 303, 303)
  },
  'GET /business/incidents/:slug/addresses.csv': { url: `${contract}/addresses.csv`, statuses: businesses },
  'GET /business/incidents/:slug/addresses/:id': {
    url: `${contract}/addresses/${companys}`,
    statuses: onlyCompany
  },
  'GET /business/incidents/:slug/addresses/:id/lost-mail.csv': {
    url: `${contract}/addresses/${companys}/lost-mail.csv`,
    statuses: onlyCompany
  },
  'GET /mypage/support': { url: '/mypage/support', statuses: individuals },
  'POST /mypage/support/code': { url: '/mypage/support/code', form: {}, statuses: individuals },
  'POST /mypage/support/look-ups/:id/disputed': {
    url: `/mypage/support/look-ups/${lookedUp}/disputed`,
    form: {},
    statuses: members(303, 404, 403, 403)
  },
  'GET /mypage/claims/new': {
    url: `/mypage/claims/new?incident=outage&address=${taros}`,
    statuses: members(404, 200, 403, 403)
  },
  'POST /mypage/claims': {
    url: '/mypage/claims',
    form: { ...claim, address: taros },
    statuses: members(404, 303, 403, 403)
  },
  'GET /business/support': { url: '/business/support', statuses: businesses },
  'POST /business/support/code': { url: '/business/support/code', form: {}, statuses: businesses },
  'POST /business/support/look-ups/:id/disputed': {
    url: `/business/support/look-ups/${companyLookedUp}/disputed`,
    form: {},
    statuses: members(403, 403, 303, 404)
  },
  'GET /business/claims/new': {
    url: `/business/claims/new?incident=outage&address=${sales}`,
    statuses: onlyCompany
  },
  'POST /business/claims': {
    url: '/business/claims',
    form: { ...claim, address: sales },
    statuses: members(403, 403, 303, 404)
  },
  'GET /support': { url: '/support', statuses: agents(200) },
  'POST /support': { url: '/support', form: { member: 'hanako' }, statuses: agents(200) },
  'GET /support/accounts/:id': { url: `/support/accounts/${hanako}`, statuses: agents(200) },
  'POST /support/accounts/:id': { url: `/support/accounts/${hanako}`, form: {}, statuses: agents(400) },
  'POST /support/accounts/:id/address': {
    url: `/support/accounts/${hanako}/address`,
    form: {},
    statuses: agents(400)
  },
  'POST /support/accounts/:id/consent': {
    url: `/support/accounts/${hanako}/consent`,
    form: {},
    statuses: agents(400)
  },
  'POST /support/accounts/:id/break-glass': {
    url: `/support/accounts/${hanako}/break-glass`,
    form: {},
    statuses: agents(400)
  },
  'POST /support/accounts/:id/throttle': {
    url: `/support/accounts/${hanako}/throttle`,
    form: {},
    statuses: agents(400)
  },
  'POST /support/accounts/:id/notes': {
    url: `/support/accounts/${hanako}/notes`,
    form: {},
    statuses: agents(400)
  },
  'GET /support/approvals': { url: '/support/approvals', statuses: staff(200) },
  'POST /support/approvals': { url: '/support/approvals', form: {}, statuses: staff(400) },
  'GET /desk': { url: '/desk', statuses: desk(200) },
  'GET /desk/incidents/new': { url: '/desk/incidents/new', statuses: desk(200) },
  'POST /desk/incidents/new': { url: '/desk/incidents/new', form: {}, statuses: desk(400) },
  'GET /desk/incidents/:slug': { url: incident, statuses: desk(200) },
  'GET /desk/incidents/:slug/edit': { url: `${incident}/edit`, statuses: desk(200) },
  'POST /desk/incidents/:slug/edit': { url: `${incident}/edit`, form: {}, statuses: desk(400) },
  'GET /desk/incidents/:slug/texts': { url: `${incident}/texts`, statuses: desk(404) },
  'POST /desk/incidents/:slug/texts': { url: `${incident}/texts`, form: {}, statuses: desk(400) },
  'POST /desk/incidents/:slug/state': { url: `${incident}/state`, form: {}, statuses: desk(400) },
  'POST /desk/incidents/:slug/files': { url: `${incident}/files`, form: {}, statuses: desk(400) },
  'GET /desk/incidents/:slug/figures': { url: `${incident}/figures`, statuses: desk(200) },
  'GET /desk/incidents/:slug/scopes/:version': { url: `${incident}/scopes/1`, statuses: desk(200) },
  'GET /desk/incidents/:slug/scopes/:version/publish': {
    url: `${incident}/scopes/2/publish`,
    statuses: desk(404)
  },
  'POST /desk/incidents/:slug/scopes/:version/propose': {
    url: `${incident}/scopes/2/propose`,
    form: {},
    statuses: desk(404)
  },
  'POST /desk/incidents/:slug/scopes/:version/publish': {
    url: `${incident}/scopes/1/publish`,
    form: {},
    statuses: desk(400)
  },
  'GET /desk/incidents/:slug/scopes/:version/withdraw': {
    url: `${incident}/scopes/1/withdraw`,
    statuses: desk(200)
  },
  'POST /desk/incidents/:slug/scopes/:version/withdraw/propose': {
    url: `${incident}/scopes/1/withdraw/propose`,
    form: {},
    statuses: desk(303)
  },
  'POST /desk/incidents/:slug/scopes/:version/withdraw': {
    url: `${incident}/scopes/2/withdraw`,
    form: {},
    statuses: desk(404)
  },
  'GET /login/staff': { url: '/login/staff', statuses: [200, 200, 200, 200, 200, 303, 303, 303] },
  'POST /login/staff': { url: '/login/staff', form: {}, statuses: same(400) },
  'GET /login/staff/enrol': { url: '/login/staff/enrol', statuses: everybody },
  'POST /login/staff/enrol': { url: '/login/staff/enrol', form: {}, statuses: same(400) },
  'GET /login/staff/company': { url: '/login/staff/company', statuses: same(404) },
  'GET /login/staff/company/callback': { url: '/login/staff/company/callback?code=x', statuses: same(404) },
  'GET /desk/audit': { url: '/desk/audit', statuses: operators(200) },
  'POST /desk/audit/filter': { url: '/desk/audit/filter', form: {}, statuses: operators(303) },
  'POST /desk/audit/events.csv': { url: '/desk/audit/events.csv', form: {}, statuses: operators(200) },
  'POST /desk/audit/verify': { url: '/desk/audit/verify', form: {}, statuses: operators(200) },
  'GET /desk/live': { url: '/desk/live', statuses: operators(200) },
  'GET /desk/live/events': { url: '/desk/live/events', statuses: operators(200), stream: true },
  'GET /desk/staff': { url: '/desk/staff', statuses: admins(200) },
  'POST /desk/staff': { url: '/desk/staff', form: {}, statuses: admins(400) },
  'GET /desk/staff/:id': { url: `/desk/staff/${colleague}`, statuses: admins(200) },
  'POST /desk/staff/:id/role': {
    url: `/desk/staff/${colleague}/role`,
    form: { role: 'operator' },
    statuses: admins(303)
  },
  'POST /desk/staff/:id/enrolment': {
    url: `/desk/staff/${colleague}/enrolment`,
    form: {},
    statuses: admins(200)
  },
  'POST /desk/staff/:id/disable': {
    url: `/desk/staff/${colleague}/disable`,
    form: {},
    statuses: admins(303)
  },
  'POST /desk/staff/:id/enable': { url: `/desk/staff/${colleague}/enable`, form: {}, statuses: admins(303) },
  'GET /desk/incidents/:slug/notices': { url: `${incident}/notices`, statuses: desk(200) },
  'GET /desk/incidents/:slug/notices/events': {
    url: `${incident}/notices/events`,
    statuses: operators(200),
    stream: true
  },
  'POST /desk/incidents/:slug/notices/unknown': {
    url: `${incident}/notices/unknown`,
    form: { decision: 'arrived', grounds: 'told', cause: 'x', until: '2017-04-13T20:06:00.000Z' },
    statuses: desk(303)
  },
  'GET /desk/incidents/:slug/notices/plan': { url: `${incident}/notices/plan`, statuses: desk(200) },
  'POST /desk/incidents/:slug/notices/plan': {
    url: `${incident}/notices/plan`,
    form: {},
    statuses: desk(303)
  },
  'POST /desk/incidents/:slug/notices/rate': {
    url: `${incident}/notices/rate`,
    form: { rate: '20' },
    statuses: desk(303)
  },
  'POST /desk/incidents/:slug/notices/switch': {
    url: `${incident}/notices/switch`,
    form: { to: 'paused' },
    statuses: desk(303)
  },
  'POST /desk/incidents/:slug/notices/rest.csv': {
    url: `${incident}/notices/rest.csv`,
    form: {},
    statuses: desk(200)
  },
  'GET /desk/incidents/:slug/reports': { url: `${incident}/reports`, statuses: desk(200) },
  'GET /desk/incidents/:slug/reports/new': { url: `${incident}/reports/new`, statuses: desk(200) },
  'POST /desk/incidents/:slug/reports/new': {
    url: `${incident}/reports/new`,
    form: {},
    statuses: desk(303)
  },
  'POST /desk/incidents/:slug/reports/preview': {
    url: `${incident}/reports/preview`,
    form: {},
    statuses: desk(200)
  },
  'GET /desk/incidents/:slug/reports/:id': { url: `${incident}/reports/${report}`, statuses: desk(200) },
  'POST /desk/incidents/:slug/reports/:id': {
    url: `${incident}/reports/${report}`,
    form: {},
    statuses: desk(409)
  },
  'GET /desk/incidents/:slug/reports/:id/publish': {
    url: `${incident}/reports/${report}/publish`,
    statuses: desk(200)
  },
  'POST /desk/incidents/:slug/reports/:id/propose': {
    url: `${incident}/reports/${report}/propose`,
    form: {},
    statuses: desk(400)
  },
  'POST /desk/incidents/:slug/reports/:id/publish': {
    url: `${incident}/reports/${report}/publish`,
    form: {},
    statuses: desk(400)
  },
  'GET /desk/incidents/:slug/reports/:id/notify': {
    url: `${incident}/reports/${report}/notify`,
    statuses: desk(404)
  },
  'POST /desk/incidents/:slug/reports/:id/notify': {
    url: `${incident}/reports/${report}/notify`,
    form: { notify: 'no' },
    statuses: desk(404)
  },
  'POST /desk/incidents/:slug/reports/:id/back': {
    url: `${incident}/reports/${report}/back`,
    form: {},
    statuses: desk(303)
  },
  'POST /desk/incidents/:slug/reports/:id/discard': {
    url: `${incident}/reports/${report}/discard`,
    form: {},
    statuses: desk(303)
  },
  'POST /desk/incidents/:slug/reports/:id/delete': {
    url: `${incident}/reports/${report}/delete`,
    form: {},
    statuses: desk(303)
  },
  'POST /logout/staff': { url: '/logout/staff', form: {}, statuses: same(303) },
  'POST /logout': { url: '/logout', form: {}, statuses: same(303) },
  'POST /logout/everywhere': { url: '/logout/everywhere', form: {}, statuses: same(303) }
}

test('every route of the portal is in the table', () => {
  assert.deepEqual([...routes].sort(), Object.keys(expected).sort())
})

for (const [route, { url, form, statuses, stream }] of Object.entries(expected))
  test(`${route} for ${roles.join(', ')}`, async () => {
    for (const [at, role] of roles.entries()) {
      const cookie = cookies[role]
      const answer = form ? await post(app, url, form, cookie) : await (stream ? begin : get)(url, { cookie })
      assert.equal(answer.statusCode, statuses[at], role)
      if (role === 'anonymous' && statuses[at] === 303 && !/^POST \/(language|logout)/.test(route))
        assert.match(String(answer.headers.location), /^\/login\/(individual|business|staff)\?/)
    }
  })

const get = (url: string, headers: Record<string, string>) => app.inject({ url, headers })

/** The status and headers of an answer that has no end. */
async function begin(url: string, headers: Record<string, string>) {
  const stopping = new AbortController()
  const answer = await fetch(base + url, { headers, redirect: 'manual', signal: stopping.signal })
  stopping.abort()
  return { statusCode: answer.status, headers: Object.fromEntries(answer.headers) }
}

test('signed-in pages are kept by no cache', async () => {
  for (const [url, role] of [
    ['/mypage', 'hanako'],
    [outage, 'hanako'],
    [contract, 'A0012345']
  ] as const) {
    const cookie = await signIn(app, role === 'hanako' ? 'individual' : 'business', role, 'right')
    const { headers } = await app.inject({ url, headers: { cookie } })
    assert.equal(headers['cache-control'], 'no-store', url)
  }
})
