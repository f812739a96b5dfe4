import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openTestPortal, setPassword, signIn } from '../helpers/portal.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
await addCast(db)
for (const id of ['hanako', 'taro']) await setPassword(db, id, 'right')
await addIncident(db, 'outage')
const file = temporaryFiles()
const cookies = {
  hanako: await signIn(app, 'individual', 'hanako', 'right'),
  taro: await signIn(app, 'individual', 'taro', 'right')
}

/** What a person reads, card by card: the address and the text of its card. */
async function cardsOf(who: keyof typeof cookies, language = 'ja') {
  const headers = { cookie: cookies[who], 'accept-language': language }
  const { body, statusCode } = await app.inject({ url: '/mypage', headers })
  assert.equal(statusCode, 200)
  const cards = [...body.matchAll(/<article class="card (\w+)">(.*?)<\/article>/gs)]
  return cards.map(([, verdict, html = '']) => ({
    verdict,
    text: html.replaceAll(/(<[^>]*>|\s)+/g, ' ').trim()
  }))
}

test('a draft incident is not shown', async () => {
  assert.deepEqual(await cardsOf('hanako'), [])
})

test('before a scope is published every address is still being checked', async () => {
  await mypage(url, 'incident', 'publish', 'outage')
  for (const who of ['hanako', 'taro'] as const)
    for (const { verdict, text } of await cardsOf(who)) {
      assert.equal(verdict, 'undetermined')
      assert.match(text, /まだ確認中です .*失われたメールを調査しています.*調査結果はまだ公表していません/)
    }
})

test('with a gap in the coverage those without losses are undetermined, and the page says when the gap is', async () => {
  const lost = file('gap.csv', 'recipient,received_at\nhanako@aoba.example,2017-04-13T20:10:00+09:00\n')
  await publishScope({ db, pool }, 'outage', lost, [{ from: '21:00:00', to: '21:10:00' }])
  const [hanako] = await cardsOf('hanako')
  assert.equal(hanako?.verdict, 'affected')
  const taro = await cardsOf('taro')
  assert.deepEqual(
    taro.map(({ verdict }) => verdict),
    ['undetermined', 'undetermined']
  )
  assert.match(taro[0]?.text ?? '', /21:00〜21:10/)
})

test('a complete scope tells who is affected and, for the others, why not', async () => {
  const rows = [
    'hanako@aoba.example,2017-04-13T20:10:00+09:00,shop@shop.example',
    'hanako@aoba.example,2017-04-13T22:01:30+09:00,'
  ]
  await publishScope(
    { db, pool },
    'outage',
    file('lost.csv', ['recipient,received_at,sender', ...rows, ''].join('\n'))
  )
  const [hanako] = await cardsOf('hanako')
  assert.equal(hanako?.verdict, 'affected')
  assert.match(
    hanako.text,
    /^hanako@aoba\.example このアドレスあてのメールが失われました 失われたメール：2通/
  )
  assert.match(hanako.text, /受付日時：2017年4月13日（木）20:10〜22:01/)
  assert.match(hanako.text, /調査結果 第2版（\d{4}年/)
  const taro = await cardsOf('taro')
  assert.deepEqual(
    taro.map(({ verdict }) => verdict),
    ['not_affected', 'not_affected']
  )
  assert.match(taro[0]?.text ?? '', /taro@aoba\.example 影響はありません .*失われたものはありませんでした/)
  assert.match(taro[1]?.text ?? '', /taro@yamada\.example 影響はありません .*バーチャルドメイン/)
})

test('in English the same is said', async () => {
  const [hanako] = await cardsOf('hanako', 'en-US,en;q=0.9')
  assert.match(hanako?.text ?? '', /Mail to this address was lost 2 messages were lost/)
  assert.match(hanako?.text ?? '', /Thu, 13 April 2017 20:10 – 22:01/)
})

test('an outage in which mail was lost stands before a newer one', async () => {
  await addIncident(db, 'newer')
  await mypage(url, 'incident', 'publish', 'newer')
  await db
    .updateTable('incidents')
    .set({ starts_at: sql`starts_at + interval '1 year'`, ends_at: sql`ends_at + interval '1 year'` })
    .where('slug', '=', 'newer')
    .execute()
  const verdicts = async (who: keyof typeof cookies) => (await cardsOf(who)).map(({ verdict }) => verdict)
  assert.deepEqual(await verdicts('hanako'), ['affected', 'undetermined'])
  assert.deepEqual(await verdicts('taro'), ['undetermined', 'undetermined', 'not_affected', 'not_affected'])
  await db.updateTable('incidents').set({ state: 'draft' }).where('slug', '=', 'newer').execute()
})

test('an address whose losses were loaded for a former owner is being matched, and its rows are not shown', async () => {
  const { id } = await db
    .selectFrom('accounts')
    .select('id')
    .where('login_id', '=', 'taro')
    .executeTakeFirstOrThrow()
  await db
    .updateTable('addresses')
    .set({ account_id: id })
    .where('email', '=', 'hanako@aoba.example')
    .execute()
  const [moved] = await cardsOf('taro')
  assert.equal(moved?.verdict, 'undetermined')
  assert.match(
    moved.text,
    /^hanako@aoba\.example まだ確認中です .*今回の障害で失われたものかどうかを確認しています/
  )
  assert.deepEqual(await cardsOf('hanako'), [])
})
