import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openTestPortal, post, setPassword, signIn } from '../helpers/portal.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

// A contract that no search walks through at once: aoki.0-0-000 to aoki.1-9-999, then yamada.2-0-000 to
// yamada.3-9-999. Of the first 8,000 every other one is affected, on a domain that later has but every 500th.
const { app, db, pool } = await openTestPortal()
const ids = await addCast(db)
await setPassword(db, 'A0012345', 'right')
const numbers = Array.from({ length: 40_000 }, (_, number) => number)
const members = numbers.map(number => {
  const [first, second, ...rest] = String(number).padStart(5, '0')
  const early = number < 8_000
  const named = early ? number % 2 === 0 : number % 500 === 0
  const domain = named ? 'aoba.example' : early ? 'akane.example' : 'aoba-net.example'
  const email = `${number < 20_000 ? 'aoki' : 'yamada'}.${first}-${second}-${rest.join('')}@${domain}`
  const affected = (early && named) || (number >= 30_000 && number % 50 === 25)
  return { email, domain, lost: affected ? (number % 3) + 1 : 0 }
})
await pool.query(
  `insert into addresses (account_id, email, domain) select $1, * from unnest($2::text[], $3::text[])`,
  [ids.A0012345, members.map(({ email }) => email), members.map(({ domain }) => domain)]
)
await pool.query(`delete from address_totals where account_id = $1`, [ids.A0012345])
await pool.query(
  `insert into address_totals select account_id, domain, count(*) from addresses where account_id = $1 group by 1, 2`,
  [ids.A0012345]
)
await addIncident(db, 'outage')
const rows = members.flatMap(({ email, lost }) =>
  Array.from({ length: lost }, (_, at) => `${email},2017-04-13T11:${10 + at * 20}:00Z`)
)
const file = temporaryFiles()('lost.csv', ['recipient,received_at', ...rows, ''].join('\n'))
await publishScope({ db, pool }, 'outage', file)
await pool.query('analyze')
const cookie = await signIn(app, 'business', 'A0012345', 'right')
const list = '/business/incidents/outage'
const get = (path: string, language = 'en') =>
  app.inject({ url: path, headers: { cookie, 'accept-language': language } })

async function search(form: Record<string, string>): Promise<string> {
  const { statusCode, headers } = await post(app, `${list}/search`, form, cookie)
  assert.equal(statusCode, 303)
  return String(headers.location)
}

async function download(page: string): Promise<string[]> {
  const { rawPayload } = await get(page.replace('?', '/addresses.csv?'))
  const cells: string[][] = parse(rawPayload, { bom: true, from: 2 })
  return cells.map(([email = '']) => email)
}

async function turn(start: string, rel: 'prev' | 'next') {
  const pages: string[][] = []
  let stops = 0
  for (let link: string | undefined = start; link; ) {
    const { statusCode, body } = await get(link)
    assert.equal(statusCode, 200)
    pages.push(
      [...body.matchAll(/<a href="[^"]*\/addresses\/\d+[^"]*">([^<]+)<\/a>/g)].map(found => found[1] ?? '')
    )
    if (/Search on/.test(body)) stops++
    link = new RegExp(`rel="${rel}" href="([^"#]+)`).exec(body)?.[1]?.replaceAll('&amp;', '&')
  }
  return { pages, stops }
}

const orders = [
  { sort: 'address', direction: 'asc' },
  { sort: 'address', direction: 'desc' },
  { sort: 'count', direction: 'desc' }
]

for (const order of orders)
  for (const verdict of ['', 'not_affected'])
    test(`a search that stops half-way has what the whole list has: ${Object.values(order)} ${verdict}`, async () => {
      const whole = await download(`${list}?${new URLSearchParams({ ...order, verdict })}`)
      for (const q of ['.3-6-1', '-125@', ...(verdict === 'not_affected' ? ['aoba.example'] : [])]) {
        const expected = whole.filter(email => email.includes(q))
        const page = await search({ q, verdict, ...order })
        assert.deepEqual(await download(page), expected, q)
        const [on, back] = [await turn(page, 'next'), await turn(`${page}&before=end`, 'prev')]
        assert.deepEqual(on.pages.flat(), expected, q)
        assert.deepEqual(back.pages.reverse().flat(), expected, q)
        // The 40 addresses with "125" are looked up.
        assert.equal(on.stops + back.stops > 0, q !== '-125@', q)
      }
    })

test('neither many addresses nor many hits that do not belong are looked at for one page', async () => {
  const far = await get(await search({ q: '.3-6-1' }))
  assert.match(far.body, /looked at a part of your addresses so far and found none in it/)
  assert.match(far.body, /rel="next" [^>]+>Search on →/)
  const crowded = await get(await search({ q: 'aoba.example', verdict: 'not_affected' }))
  assert.match(crowded.body, /found none in it/)
})

test('in Japanese', async () => {
  const { body } = await get(await search({ q: '.3-6-1' }), 'ja')
  assert.match(body, /アドレスの一部を調べましたが、ここまでには条件に合うアドレスがありませんでした/)
  assert.match(body, />続けて探す →/)
})

test('where a search ends without a hit it says so, and leads back', async () => {
  const page = await search({ q: 'aoki.0-0-00' })
  const { pages } = await turn(page, 'next')
  assert.equal(pages.flat().length, 10)
  assert.deepEqual(pages.at(-1), [])
})
