import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { lostMail, textOf } from '../helpers/desk.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { mypage, mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
await addCast(db)
await addIncident(db, 'outage')
const file = temporaryFiles()
const logo = file('logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
const settings = {
  BASE_URL: 'https://mypage.example',
  TRUSTED_PROXIES: '127.0.0.1/32',
  PROVIDER_LOGO: logo
}
const folder = path.join(path.dirname(logo), 'export')
const write = (to = folder) => mypageWith(settings, url, 'reports', 'export', to)
const page = (name: string) => readFileSync(path.join(folder, name), 'utf8')
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()

await publishScope({ db, pool }, 'outage', file('1.csv', lostMail('hanako@aoba.example 20:10')))
const ja = file(
  'ja.md',
  '# 第1報\n\n対象は{{affected_addresses}}です。[ログイン](/login/individual) [前報](/news/outage/1)\n'
)
const en = file('en.md', '# First report\n\nOf {{affected_addresses}}. [News](/)\n')
await mypage(url, 'reports', 'publish', 'outage', '--ja', ja, '--en', en)
await mypage(url, 'reports', 'publish', 'outage', '--ja', ja, '--en', en, '--at', '2999-01-01T00:00')

const chosen = (name: string) => ['', 'en/', 'ja/'].map(language => `${name}${language}`)
const expected = [
  ...['assets/accent.css', 'assets/base.css', 'assets/logo.svg', 'assets/look.css', 'index.html'],
  ...['mypage-export.json', 'news/en/index.html', 'news/ja/index.html'],
  ...['news/feed.en.xml', 'news/feed.ja.xml', 'news/feed.xml'],
  ...chosen('news/outage/1/').map(name => `${name}index.html`),
  ...['news/outage/1/history', 'news/outage/1/en/history', 'news/outage/1/ja/history'].map(
    name => `${name}/index.html`
  )
].sort()

test('everything that anybody may read is there, under the addresses of the portal, and nothing else', async () => {
  const { code, stdout, stderr } = await write()
  assert.equal(code, 0, stderr)
  assert.equal(stdout, `Reports: 1, each in two languages. Files in ${folder}: 16\n`)
  assert.deepEqual(files(), expected)
  assert.match(textOf(page('news/outage/1/ja/index.html')), /対象は1件です。/)
  assert.match(textOf(page('news/outage/1/en/index.html')), /This page is a copy, made on /)
})

test('links work from any place: what is there is relative, and the rest leads to the portal', () => {
  for (const name of files().filter(name => name.endsWith('.html'))) {
    const links = [...page(name).matchAll(/(?:href|src|action)="([^"#]*)/g)].map(([, link = '']) => link)
    assert.ok(links.length > 5, name)
    for (const link of links) {
      if (/^(https:\/\/mypage\.example\/|mailto:|tel:|$)/.test(link)) continue
      assert.ok(existsSync(path.join(folder, path.dirname(name), link)), `${name}: ${link}`)
    }
    assert.doesNotMatch(page(name), /<script|<form/, name)
  }
  const report = page('news/outage/1/ja/index.html')
  assert.match(report, /<a href="https:\/\/mypage\.example\/login\/individual">ログイン<\/a>/)
  assert.match(report, /<a href="index\.html">前報<\/a>/)
  assert.match(report, /href="\.\.\/\.\.\/\.\.\/\.\.\/assets\/look\.css"/)
  assert.match(page('news/outage/1/en/index.html'), /Of 1\. <a href="\.\.\/\.\.\/\.\.\/en\/index\.html">News/)
  assert.match(page('news/feed.en.xml'), /https:\/\/mypage\.example\/news\/outage\/1\/en/)
})

test('an export takes the place of an earlier one, and of what was left of one that broke off', async () => {
  await db.updateTable('incidents').set({ state: 'draft' }).execute()
  writeFileSync(path.join(folder, 'news/outage/1/ja/index.html.mypage-part'), 'half')
  const { stdout } = await write()
  assert.match(stdout, /^Reports: 0, .* Files in .*: 10\nFiles .* not needed any more: 6\n$/)
  assert.ok(!existsSync(path.join(folder, 'news/outage')))
  assert.doesNotMatch(page('index.html'), /第1報/)
  await db.updateTable('incidents').set({ state: 'published' }).execute()
  await write()
  assert.deepEqual(files(), expected)
})

test('a folder with anything else in it is left alone', async () => {
  const other = path.join(path.dirname(folder), 'other')
  mkdirSync(other)
  writeFileSync(path.join(other, 'thesis.txt'), 'mine')
  const { code, stderr } = await write(other)
  assert.equal(code, 1)
  assert.match(stderr, /has files that no export wrote, such as thesis\.txt/)
  assert.deepEqual(readdirSync(other), ['thesis.txt'])
})
