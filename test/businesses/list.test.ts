import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { addAddresses, addCast, company } from '../helpers/cast.ts'
import { addContract, type Member, members } from '../helpers/contract.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'

const { app, db, pool, url } = await openTestPortal()
const ids = await addCast(db)
await setPassword(db, 'A0012345', 'right')
await addContract({ db, pool, url }, ids.A0012345 ?? '')
const cookie = await signIn(app, 'business', 'A0012345', 'right')
const get = (path: string) => app.inject({ url: path, headers: { cookie, 'accept-language': 'en' } })

const cast: Member[] = company.addresses.map(email => ({
  ...{ email, domain: email.split('@')[1] ?? '', lost: [], doubted: false }
}))
const all = [...members, ...cast]
const slugs = ['covered', 'gapped', 'uncounted', 'unscoped'] as const
type Slug = (typeof slugs)[number]
type Order = { sort: 'address' | 'count' | 'last'; direction: 'asc' | 'desc' }

const orders: Order[] = (['address', 'count', 'last'] as const).flatMap(sort => [
  { sort, direction: 'asc' },
  { sort, direction: 'desc' }
])
const verdicts = ['affected', 'undetermined', 'not_affected']

function verdictOf({ lost, doubted }: Member, slug: Slug): string {
  if (slug === 'unscoped') return 'undetermined'
  if (lost.length > 0) return 'affected'
  return doubted || slug === 'gapped' ? 'undetermined' : 'not_affected'
}

function keyOf({ lost }: Member, slug: Slug, { sort }: Order): number {
  if (slug === 'uncounted' || slug === 'unscoped') return 0
  return sort === 'count' ? lost.length : Math.max(...lost)
}

/** By address A to Z; by the others the highest first, and what is not affected last; `asc` and `desc` are mirrored. */
function sorted(list: Member[], slug: Slug, order: Order): string[] {
  const part = (member: Member) => verdicts.indexOf(verdictOf(member, slug))
  const byEmail = (one: Member, other: Member) => (one.email < other.email ? -1 : 1)
  const emails = list
    .toSorted((one, other) => {
      if (order.sort === 'address') return byEmail(one, other)
      const byPart = part(one) - part(other)
      if (byPart !== 0) return byPart
      return (part(one) === 0 && keyOf(other, slug, order) - keyOf(one, slug, order)) || byEmail(one, other)
    })
    .map(({ email }) => email)
  const natural = order.sort === 'address' ? 'asc' : 'desc'
  return order.direction === natural ? emails : emails.reverse()
}

const emailsOn = (body: string) =>
  [...body.matchAll(/<a href="[^"]*\/addresses\/\d+[^"]*">([^<]+)<\/a>/g)].map(found => found[1] ?? '')
const linkOf = (body: string, rel: string) =>
  new RegExp(`rel="${rel}" href="([^"#]+)`).exec(body)?.[1]?.replaceAll('&amp;', '&')

async function turn(start: string, rel: 'prev' | 'next'): Promise<string[][]> {
  const pages: string[][] = []
  for (let link: string | undefined = start; link; ) {
    const { statusCode, body } = await get(link)
    assert.equal(statusCode, 200)
    pages.push(emailsOn(body))
    link = linkOf(body, rel)
  }
  return pages
}

for (const slug of slugs)
  test(`paging forth and back shows every address once, in every order: ${slug}`, async () => {
    for (const order of orders) {
      const expected = sorted(all, slug, order)
      const page = `/business/incidents/${slug}?${new URLSearchParams(order)}`
      assert.deepEqual((await turn(page, 'next')).flat(), expected, JSON.stringify(order))
      assert.deepEqual((await turn(`${page}&before=end`, 'prev')).reverse().flat(), expected)
    }
  })

test('turning round on a page leads back to the page before', async () => {
  const first = await get('/business/incidents/covered?sort=count&direction=desc')
  const second = await get(linkOf(first.body, 'next') ?? '')
  const back = await get(linkOf(second.body, 'prev') ?? '')
  assert.deepEqual(emailsOn(back.body), emailsOn(first.body))
  assert.deepEqual(emailsOn((await get(linkOf(back.body, 'next') ?? '')).body), emailsOn(second.body))
})

for (const slug of slugs)
  test(`each filter has exactly the addresses of its verdict, domain and search: ${slug}`, async () => {
    for (const verdict of ['', ...verdicts])
      for (const domain of ['', 'akane.example', 'aoba.example'])
        for (const q of ['', 'ＳＡＴＯ010', '%_02', 's', '0@aoba'])
          for (const order of [orders[1], orders[2], orders[5]] as Order[]) {
            const found = await search(slug, { verdict, domain, q, ...order })
            const expected = all.filter(
              member =>
                (!verdict || verdictOf(member, slug) === verdict) &&
                (!domain || member.domain === domain) &&
                (q === 's'
                  ? member.email.startsWith('s')
                  : member.email.includes(q.normalize('NFKC').toLowerCase()))
            )
            assert.deepEqual(
              found,
              sorted(expected, slug, order),
              JSON.stringify({ verdict, domain, q, order })
            )
          }
  })

async function search(slug: Slug, form: Record<string, string>): Promise<string[]> {
  const { statusCode, headers } = await post(app, `/business/incidents/${slug}/search`, form, cookie)
  assert.equal(statusCode, 303)
  const csv = await get(String(headers.location).replace('?', '/addresses.csv?'))
  assert.equal(csv.statusCode, 200)
  const rows: string[][] = parse(csv.rawPayload, { bom: true, from: 2 })
  return rows.map(([email = '']) => email)
}

test('a list says how many addresses are affected, and by domain', async () => {
  const { body } = await get('/business/incidents/covered')
  const shown = body.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  // Not on akane.example are 800 of those from 100 to 1299, and 10 of the 14 multiples of 7 from 1302 to 1393.
  assert.match(shown, /Addresses 1,403 Affected 810 Not yet determined 404 Lost messages 2,025 /)
  assert.match(shown, /aoba.example 467 405 /)
  assert.match(body, /As of scope version 1/)
})

test('the overview names every published incident with its verdict in words', async () => {
  const { body } = await get('/business')
  assert.equal(body.match(/Mail to 810 of 1,403 addresses was lost/g)?.length, 2)
  // Where the logs have a gap there may be more.
  assert.equal(body.match(/Mail to at least 810 of 1,403 addresses was lost/g)?.length, 1)
  assert.match(body, /Not yet determined for 1,403 of 1,403 addresses/)
})

test('a filter that matches nothing says so and leads back to all', async () => {
  const { headers } = await post(app, '/business/incidents/covered/search', { q: 'nobody-has-this' }, cookie)
  const { body } = await get(String(headers.location))
  assert.match(body, /No address matches\./)
  assert.match(body, /<a href="\/business\/incidents\/covered\?[^"]*#addresses">Show all addresses<\/a>/)
})

test('an address that comes into a run of affected ones later is on its page', async () => {
  const { count } = await db
    .selectFrom('affected_runs')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  assert.notEqual(count, '0', 'the list has runs to jump over')
  await addAddresses(db, ids.A0012345 ?? '', ['sato0501.new@aoba.example'])
  for (const domain of ['', 'aoba.example']) {
    const found = await search('covered', { verdict: 'not_affected', domain })
    assert.equal(found.filter(email => email === 'sato0501.new@aoba.example').length, 1)
  }
})
