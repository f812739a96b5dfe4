import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findIncident } from '../../src/incidents/queries.ts'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage } from '../helpers/terminal.ts'

const { url, db } = await openTestDatabase()
await addCast(db)

const titles = ['--title-ja', 'メール消失', '--title-en', 'Lost mail']
const window = ['--from', '2017-04-13T20:06', '--to', '2017-04-13T13:25:00Z']

function create(slug: string, ...more: string[]) {
  return mypage(url, 'incident', 'create', slug, ...titles, ...more)
}

test('an incident is created with its window in its zone and its domains', async () => {
  const domains = ['--domain', 'Aoba.example', '--domain', 'new.example']
  const { code, stdout } = await create('outage-2017', ...window, ...domains, '--unaffected-en', 'Webmail.')
  assert.equal(code, 0)
  assert.match(stdout, /Incident outage-2017 is a draft/)
  const incident = await findIncident(db, 'outage-2017')
  assert.deepEqual(incident, {
    id: incident?.id,
    slug: 'outage-2017',
    title_ja: 'メール消失',
    title_en: 'Lost mail',
    unaffected_ja: '',
    unaffected_en: 'Webmail.',
    starts_at: new Date('2017-04-13T11:06:00Z'),
    ends_at: new Date('2017-04-13T13:25:00Z'),
    zone: 'Asia/Tokyo',
    state: 'draft',
    proposed_texts: null,
    texts_proposed_at: null,
    texts_proposed_by: null,
    domains: ['aoba.example', 'new.example']
  })
  const added = await db.selectFrom('domains').selectAll().where('name', '=', 'new.example').execute()
  assert.deepEqual(added, [{ name: 'new.example', kind: 'provider' }])
})

test('a virtual domain stays virtual, and the command says so', async () => {
  const { code, stdout } = await create('virtual-too', ...window, '--domain', 'akane.example')
  assert.equal(code, 0)
  assert.match(stdout, /akane\.example is a virtual domain and stays one/)
})

const mistakes: [string, string, string[], RegExp][] = [
  ['a slug that is taken', 'outage-2017', [...window, '--domain', 'a.example'], /already/],
  ['a slug with capitals', 'Outage', [...window, '--domain', 'a.example'], /"Outage" must be lower-case/],
  [
    'an unknown zone',
    'x',
    [...window, '--zone', 'Asia/Tokio', '--domain', 'a.example'],
    /no time zone "Asia\/Tokio"/
  ],
  [
    'a reversed window',
    'x',
    ['--from', '2017-04-13T22:25', '--to', '2017-04-13T20:06', '--domain', 'a.example'],
    /ends \(2017-04-13T20:06\) before it starts/
  ],
  [
    'a day that does not exist',
    'x',
    ['--from', '2017-02-30T20:06', '--to', '2017-04-13T22:25', '--domain', 'a.example'],
    /--from: "2017-02-30T20:06" is not a time/
  ],
  ['a domain that is none', 'x', [...window, '--domain', 'not a domain'], /"not a domain" is not a domain/],
  ['no domain', 'x', window, /--domain/]
]

for (const [name, slug, options, message] of mistakes)
  test(`${name} is refused, and nothing is created`, async () => {
    const before = await db.selectFrom('incidents').select('slug').execute()
    const { code, stderr } = await create(slug, ...options)
    assert.equal(code, 1)
    assert.match(stderr, message)
    assert.deepEqual(await db.selectFrom('incidents').select('slug').execute(), before)
  })
