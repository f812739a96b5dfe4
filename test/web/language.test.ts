import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { openTestPortal, post } from '../helpers/portal.ts'

const { app } = await openTestPortal()
const languageIn = async (headers: Record<string, string>) =>
  /<html lang="(\w+)">/.exec((await app.inject({ url: '/', headers })).body)?.[1]

test('the browser decides the language: Japanese or English, English for others, Japanese if it says nothing', async () => {
  assert.equal(await languageIn({ 'accept-language': 'ja,en-US;q=0.8' }), 'ja')
  assert.equal(await languageIn({ 'accept-language': 'en-GB,ja;q=0.3' }), 'en')
  assert.equal(await languageIn({ 'accept-language': 'fr-FR' }), 'en')
  assert.equal(await languageIn({}), 'ja')
})

test('the switch stays, and leads back to the page it was on', async () => {
  const switched = await post(app, '/language', { language: 'en', return_to: '/news/outage/1?x=1' })
  assert.equal(switched.headers.location, '/news/outage/1?x=1')
  assert.match(
    String(switched.headers['set-cookie']),
    /^language=en; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax/i
  )
  assert.equal(await languageIn({ cookie: 'language=en', 'accept-language': 'ja' }), 'en')
})

test('an unknown language or another site to return to is refused or ignored', async () => {
  assert.equal((await post(app, '/language', { language: 'xx' })).statusCode, 400)
  const { headers } = await post(app, '/language', { language: 'ja', return_to: 'https://evil.example/' })
  assert.equal(headers.location, '/')
})

const views = path.join(import.meta.dirname, '../../views')
const read = (language: string) =>
  JSON.parse(readFileSync(path.join(views, `locales/${language}.json`), 'utf8'))

/** All keys with their texts; plural forms count as one key. */
function keysOf(texts: object, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string'
      ? [[`${prefix}${key.replace(/_(one|other)$/, '')}`, text] as [string, string]]
      : keysOf(text, `${prefix}${key}.`)
  )
}

test('both languages have the same texts with the same blanks, none of them empty', () => {
  const [ja, en] = [new Map(keysOf(read('ja'))), new Map(keysOf(read('en')))]
  assert.deepEqual([...ja.keys()].sort(), [...en.keys()].sort())
  const blanks = (text = '') => [...new Set(text.match(/\{\{\w+\}\}/g))].sort()
  for (const [key, text] of ja) {
    assert.notEqual(text, '', key)
    assert.deepEqual(blanks(text), blanks(en.get(key)), key)
  }
})

test('no key stands twice: the later one would hide the other', () => {
  for (const language of ['ja', 'en']) {
    const text = readFileSync(path.join(views, `locales/${language}.json`), 'utf8')
    let section = ''
    const keys = [...text.matchAll(/^( +)"([^"]+)": ?(\{?)/gm)].map(([, indent = '', key, opens]) => {
      if (indent.length === 2 && opens) section = `${key}`
      return indent.length === 2 ? key : `${section}${indent}${key}`
    })
    const twice = keys.filter((key, at) => keys.indexOf(key) !== at && !/^errors {6}/.test(`${key}`))
    assert.deepEqual(twice, [], language)
  }
})

test('every text is used, and every text that a page asks for by its full name is there', () => {
  const sources = [...filesUnder(views, '.eta'), ...filesUnder(path.join(views, '../src'), '.ts')]
    .map(file => readFileSync(file, 'utf8'))
    .join('\n')
  const keys = keysOf(read('ja')).map(([key]) => key)
  for (const [, asked = ''] of sources.matchAll(/\bt\('([a-z_0-9.]+)'/g))
    assert.ok(keys.includes(asked), asked)
  // A key may be put together, as `verdict.${reason}`: then its beginning is in the source.
  for (const key of keys) {
    const found =
      sources.includes(`'${key}'`) || [...beginnings(key)].some(start => sources.includes(`\`${start}\${`))
    assert.ok(found, `nothing uses the text ${key}`)
  }
})

function filesUnder(folder: string, end: string) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(end))
    .map(name => path.join(folder, name))
}

function* beginnings(key: string) {
  for (let end = key.length - 1; end > key.indexOf('.'); end--) yield key.slice(0, end)
}
