import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk } from '../helpers/desk.ts'
import { codeNow, letConfirmationsAge } from '../helpers/staff.ts'
import { mypage } from '../helpers/terminal.ts'

const { app, db, url, cookies, read, send, upload, loaded, audited } = await openDesk()

const filled = {
  ...{ slug: 'outage', from: '2017-04-13T20:06', to: '2017-04-13T22:25:30', zone: 'Asia/Tokyo' },
  ...{ domains: 'Aoba.example、yamada.example', title_ja: 'メール消失', title_en: 'Lost mail' },
  ...{ unaffected_ja: '', unaffected_en: 'Webmail' }
}

function incident(slug = 'outage') {
  return db.selectFrom('incidents').selectAll().where('slug', '=', slug).executeTakeFirstOrThrow()
}

test('what is wrong is told field by field, and what was typed is kept', async () => {
  const wrong = {
    ...filled,
    slug: 'Bad Name',
    from: '',
    to: 'x',
    zone: 'Mars',
    domains: 'not_a_domain',
    title_ja: ' '
  }
  const { statusCode, body } = await send('/desk/incidents/new', wrong)
  assert.equal(statusCode, 400)
  for (const field of ['slug', 'from', 'to', 'zone', 'domains', 'title_ja'])
    assert.match(body, new RegExp(`<a href="#${field}">`), field)
  assert.doesNotMatch(body, /<a href="#(title_en|unaffected_ja|unaffected_en)">/)
  assert.match(body, /value="Bad Name"/)
  assert.match(body, /value="Lost mail"/)
  assert.match(body, /not_a_domain<\/textarea>/)
  assert.equal((await db.selectFrom('incidents').select('id').execute()).length, 0)
})

test('an end before the start is told at the end', async () => {
  const { statusCode, body } = await send('/desk/incidents/new', { ...filled, to: '2017-04-13T20:06' })
  assert.equal(statusCode, 400)
  assert.match(body, /<a href="#to">The end must be after the start/)
})

test('an incident is created as a draft, in the clocks of its zone, and says which domains are virtual', async () => {
  const { statusCode, headers } = await send('/desk/incidents/new', filled)
  assert.equal(statusCode, 303)
  assert.equal(headers.location, '/desk/incidents/outage')
  const { state, starts_at, ends_at } = await incident()
  assert.equal(state, 'draft')
  assert.equal(starts_at.toISOString(), '2017-04-13T11:06:00.000Z')
  assert.equal(ends_at.toISOString(), '2017-04-13T13:25:30.000Z')
  assert.match(await read('/desk/incidents/outage'), /Virtual domains: yamada\.example/)
  assert.match(
    await read('/desk'),
    /Lost mail outage Draft Thu, 13 April 2017 20:06 – 22:25 \(Japan Standard Time\) none published –/
  )
  assert.equal((await send('/desk/incidents/new', filled)).statusCode, 400)
})

test('window, domains and texts of a draft can be changed', async () => {
  const { body } = await send('/desk/incidents/outage/edit', { ...filled, from: '2017-04-13T23:00' })
  assert.match(body, /<a href="#to">/)
  const changed = {
    ...filled,
    to: '2017-04-13T22:25',
    domains: 'aoba.example\naoba-net.example',
    title_en: 'Mail lost'
  }
  assert.equal((await send('/desk/incidents/outage/edit', changed)).statusCode, 303)
  assert.equal((await incident()).ends_at.toISOString(), '2017-04-13T13:25:00.000Z')
  assert.match(await read('/desk/incidents/outage'), /Mail lost .* aoba-net\.example, aoba\.example/)
})

test('publishing and closing ask for a fresh second factor', async () => {
  await letConfirmationsAge(db)
  const refused = await send('/desk/incidents/outage/state', { state: 'published' })
  assert.equal(refused.statusCode, 400)
  assert.match(refused.body, /<a href="#code">/)
  assert.equal((await incident()).state, 'draft')
  assert.equal((await send('/desk/incidents/outage/state', { state: 'closed' })).statusCode, 400)
  const code = await codeNow(db, 'sato')
  assert.equal((await send('/desk/incidents/outage/state', { state: 'published', code })).statusCode, 303)
  assert.equal((await incident()).state, 'published')
  assert.equal((await send('/desk/incidents/outage/state', { state: 'closed' })).statusCode, 303)
  assert.equal((await incident()).state, 'closed')
})

test('of a published one only texts change', async () => {
  const later = { ...filled, from: '2017-04-13T21:00', title_en: 'Lost again' }
  assert.equal((await send('/desk/incidents/outage/edit', later)).statusCode, 303)
  const texts = '/desk/incidents/outage/texts'
  const agreed = { decision: 'agree', seen: await seenOn(texts), code: await codeNow(db, 'mori') }
  await send(texts, agreed, 'mori')
  const { starts_at, title_en } = await incident()
  assert.equal(starts_at.toISOString(), '2017-04-13T11:06:00.000Z')
  assert.equal(title_en, 'Lost again')
})

test('the command line writes the same into the audit', async () => {
  const titles = [
    '--title-ja',
    '消失',
    '--title-en',
    'Lost',
    '--from',
    '2017-04-13T20:06',
    '--to',
    '2017-04-13T22:25'
  ]
  await mypage(url, 'incident', 'create', 'second', ...titles, '--domain', 'aoba.example')
  await mypage(url, 'incident', 'publish', 'second')
  await mypage(url, 'incident', 'close', 'second')
  const staff = ['sato', 'mori']
  const events = (await audited()).map(([actor, action]) => [
    staff.find(name => name === actor) ?? 'command',
    action
  ])
  assert.deepEqual(events, [
    ['sato', 'incident created'],
    ['sato', 'incident changed'],
    ['sato', 'incident published'],
    ['sato', 'incident closed'],
    ['sato', 'incident texts proposed'],
    ['mori', 'incident changed'],
    ['command', 'incident created'],
    ['command', 'incident published'],
    ['command', 'incident closed']
  ])
})

test('a version that was loaded holds window and domains of a draft, until it is withdrawn', async () => {
  await send('/desk/incidents/new', { ...filled, slug: 'third', domains: 'aoba.example' })
  await upload('third', { 'lost.csv': 'recipient\nhanako@aoba.example\n' })
  assert.equal((await loaded()).state, 'done')
  const wider = { ...filled, from: '2017-04-13T19:00', domains: 'aoba.example', title_en: 'Wider' }
  await send('/desk/incidents/third/edit', wider)
  assert.equal((await incident('third')).starts_at.toISOString(), '2017-04-13T11:06:00.000Z')
  await send('/desk/incidents/third/scopes/1/withdraw', {})
  await send('/desk/incidents/third/edit', wider)
  assert.equal((await incident('third')).starts_at.toISOString(), '2017-04-13T10:00:00.000Z')
})

test('what members read at once is changed with a one-time code', async () => {
  const texts = {
    title_ja: '障害',
    title_en: 'Outage',
    unaffected_ja: '',
    unaffected_en: '',
    domains: 'aoba.example'
  }
  const facts = { slug: 'seen', from: '2017-04-13T20:06', to: '2017-04-13T22:25', zone: 'Asia/Tokyo' }
  await send('/desk/incidents/new', { ...facts, ...texts })
  await send('/desk/incidents/seen/state', { state: 'published' })
  await letConfirmationsAge(db)
  const changed = { ...facts, ...texts, title_en: 'Another title' }
  const refused = await send('/desk/incidents/seen/edit', changed)
  assert.equal(refused.statusCode, 400)
  assert.match(refused.body, /name="code"/)
  assert.doesNotMatch(await read('/desk'), /Another title/)
  const code = await codeNow(db, 'sato')
  assert.equal((await send('/desk/incidents/seen/edit', { ...changed, code })).statusCode, 303)
  assert.doesNotMatch(await read('/desk'), /Another title/)
  assert.match(await read('/desk/incidents/seen'), /sato proposed other texts/)
})

test('other texts that everybody reads wait for a second person, who agrees to what they saw', async () => {
  const url = '/desk/incidents/seen/texts'
  const seen = await seenOn(url)
  assert.match(await read(url), /Title in English Outage Another title/)
  assert.equal((await send(url, { decision: 'agree', seen })).statusCode, 403)
  const agreed = { decision: 'agree', seen: 'something else', code: await codeNow(db, 'mori') }
  assert.match((await send(url, agreed, 'mori')).body, /The texts changed since you opened this page/)
  await db.updateTable('incidents').set({ title_ja: 'ほかの障害' }).where('slug', '=', 'seen').execute()
  assert.equal((await send(url, { decision: 'agree', seen }, 'mori')).statusCode, 400)
  assert.doesNotMatch(await read('/desk'), /Another title/)
  assert.equal((await send(url, { decision: 'agree', seen: await seenOn(url) }, 'mori')).statusCode, 303)
  assert.match(await read('/desk'), /Another title/)
  await read(url, 'mori', 404)
})

test('other texts can be taken back, and change nothing', async () => {
  const url = '/desk/incidents/seen/texts'
  const texts = { title_ja: '障害', title_en: 'Nobody reads this', unaffected_ja: '', unaffected_en: '' }
  await send('/desk/incidents/seen/edit', texts)
  assert.equal((await send(url, { decision: 'refuse', seen: await seenOn(url) })).statusCode, 303)
  assert.doesNotMatch(await read('/desk'), /Nobody reads this/)
  await read(url, 'mori', 404)
})

async function seenOn(url: string): Promise<string> {
  const { body } = await app.inject({ url, headers: { cookie: cookies.mori } })
  return /name="seen" value="([^"]+)"/.exec(body)?.[1] ?? ''
}
