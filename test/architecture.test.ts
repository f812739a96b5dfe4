import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const root = path.join(import.meta.dirname, '..')
const files = ['src', 'migrations'].flatMap(folder =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => path.join(folder, name))
)

/** Every import of ours in a file, from the top of the repository. */
function importsOf(file: string) {
  const source = readFileSync(path.join(root, file), 'utf8')
  const found = source.matchAll(/(?:(import type)[^']*?|from|import\()\s*'(\.[^']+)'/g)
  return [...found].map(([, types, name = '']) => {
    return { file, target: path.join(path.dirname(file), name), types: types !== undefined }
  })
}

const imports = files.flatMap(importsOf)
const ground = /^src\/(web|database|terminal|csv)\/|^src\/(config|format)\.ts$/

/** No import of `target` in a file that matches `file`. */
function forbid(file: RegExp, target: RegExp, allowed = /^$/) {
  const broken = imports.filter(
    edge => file.test(edge.file) && target.test(edge.target) && !allowed.test(edge.target)
  )
  assert.deepEqual(
    broken.map(edge => `${edge.file} imports ${edge.target}`),
    []
  )
}

test('there are imports to look at', () => {
  assert.ok(imports.length > 100)
})

test('web, database, terminal and csv know no feature', () => {
  forbid(/^src\/(web|database|terminal|csv)\/|^src\/format\.ts$/, /^src\//, ground)
})

test('pages are known to app.ts alone, commands to cli.ts, the demo to the entry points', () => {
  forbid(/^(?!src\/app\.ts)/, /\/pages\.ts$/, /^src\/web\/pages\.ts$/)
  forbid(/^(?!src\/cli\.ts)/, /\/commands\.ts$/, /^src\/terminal\/commands\.ts$/)
  forbid(/^src\/(?!demo\/|cli\.ts|main\.ts)/, /^src\/demo\//)
})

test('queries know no HTTP: pages → decisions → queries → database', () => {
  forbid(/\/queries\.ts$/, /^src\/web\//, /^src\/web\/sessions\.ts$/)
})

test('what works without a visitor never imports web', () => {
  forbid(/^src\/(scopes|members|incidents|domains|accounts|notices)\//, /^src\/web\//)
})

test('the reading of mail logs knows nothing of the portal: it runs on mail hosts', () => {
  forbid(/^src\/maillog\//, /^src\/(?!maillog\/)/)
})

test('the two audiences know nothing of each other', () => {
  forbid(/^src\/individuals\//, /^src\/businesses\//)
  forbid(/^src\/businesses\//, /^src\/individuals\//)
})

test('migrations import nothing of ours', () => {
  forbid(/^migrations\//, /^src\//)
})

test('no import leads back to where it began, but for types', () => {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
    if (done.has(file) || trail.includes(file)) return
    for (const edge of imports) if (edge.file === file && !edge.types) visit(edge.target, [...trail, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  assert.deepEqual(cycles, [])
})
