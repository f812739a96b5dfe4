import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { settings } from '../../src/config.ts'
import { mypage } from '../helpers/terminal.ts'

const root = path.join(import.meta.dirname, '../..')
const pages = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.md'))
  .map(name => path.join('docs', name))
  .concat('README.md')
const texts = pages.map(page => ({ page, text: readFileSync(path.join(root, page), 'utf8') }))

/** What is written as code, between `…` or in a block. */
const codes = texts.map(({ page, text }) => {
  const found = [...text.matchAll(/```\w*\n([^]*?)```|`([^`\n]+)`/g)]
  return { page, code: found.map(([, block, words]) => block ?? words).join('\n') }
})

test('every link within the project leads to a file, and to a heading that is there', () => {
  for (const { page, text } of texts)
    for (const [link, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(target)) continue
      const [name = '', heading] = target.split('#')
      const file = name ? path.join(root, path.dirname(page), name) : path.join(root, page)
      assert.ok(existsSync(file), `${page}: ${link}`)
      if (heading) assert.ok(headingsOf(file).includes(heading), `${page}: ${link}`)
    }
})

/** As GitHub makes them. */
function headingsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  )
}

test('every file of the source that is named is there', () => {
  for (const { page, code } of codes)
    for (const [name] of code.matchAll(/(?<![\w/.])(?:src|test|views|migrations)\/[\w/.-]+\.\w+/g))
      if (!/NAME|0003_name/.test(name)) assert.ok(existsSync(path.join(root, name)), `${page}: ${name}`)
})

test('every npm script and every command that is named is there, with its options', async () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const checks: Promise<void>[] = []
  for (const { page, code } of codes) {
    for (const [, script = ''] of code.matchAll(/npm run (?:-s )?([\w:]+)/g))
      assert.ok(script in scripts, `${page}: ${script}`)
    const joined = code.replaceAll('\\\n', ' ')
    for (const [line, words = ''] of joined.matchAll(
      /(?:mypage(?: --)?|src\/cli\.ts) ([a-z]+(?: [a-z]+)?\b.*)/g
    ))
      checks.push(check(`${page}: ${line}`, words))
  }
  await Promise.all(checks)
})

const known = new Map<string, Promise<string>>()

function helpOf(...names: string[]): Promise<string> {
  const key = names.join(' ')
  const help = known.get(key) ?? mypage('', ...names, '--help').then(({ stdout }) => stdout)
  known.set(key, help)
  return help
}

async function check(where: string, words: string) {
  const [group = '', name = ''] = words.split(' ')
  assert.match(await helpOf(), new RegExp(`^  ${group} `, 'm'), where)
  const all = await helpOf(group)
  if (!all.includes('Commands:')) return
  assert.match(all, new RegExp(`^  ${name} `, 'm'), where)
  const options = await helpOf(group, name)
  const asked = words.split(/ #| \|/)[0]?.match(/--[a-z][\w-]+/g) ?? []
  for (const option of asked) assert.ok(options.includes(option), `${where}: ${option}`)
}

const others = ['POSTGRES_PASSWORD', 'NODE_ENV', 'UV_THREADPOOL_SIZE']

test('every setting that is named for operators is one', () => {
  const operating = codes.find(({ page }) => page === 'docs/operating.md')?.code ?? ''
  for (const [name] of operating.matchAll(/\b[A-Z]+_[A-Z_]+\b/g))
    assert.ok(name in settings.properties || others.includes(name), name)
})

test('every variable of the compose file is a setting, or told in its first lines', () => {
  const compose = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8')
  const told = compose.split('services:')[0] ?? ''
  const asked = [...compose.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name)
  assert.ok(asked.length > 0)
  for (const name of asked) assert.ok(told.includes(name), name)
})

test('the README has every setting with its default', () => {
  const readme = texts.find(({ page }) => page === 'README.md')?.text ?? ''
  const rows = new Map(
    [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:`(.*)`)? *\|/gm)].map(([, name, value = '']) => [name, value])
  )
  assert.deepEqual([...rows.keys()].sort(), Object.keys(settings.properties).sort())
  for (const [name, schema] of Object.entries(settings.properties))
    assert.equal(rows.get(name), String('default' in schema ? schema.default : ''), name)
})
