import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { sentenceOf } from '../../src/audit/sentences.ts'
import { textsIn } from '../../src/web/language.ts'

const root = path.join(import.meta.dirname, '../../src')
// What mail logs and headers call an action is none of ours.
const files = globSync('**/*.ts', { cwd: root }).filter(file => !/^(maillog|watch|scan)\/|headers/.test(file))
const actions = new Set(
  files.flatMap(file => {
    const source = readFileSync(path.join(root, file), 'utf8')
    const found = source.matchAll(/action(?:: | = )(?:\w+ \? )?'([a-z -]+)'(?: : '([a-z -]+)')?/g)
    const told = source.matchAll(/tell\(tx, .*?'([a-z -]+)'(?: : '([a-z -]+)')?\)/g)
    return [...found, ...told].flatMap(([, one, other]) => [one, other].filter(word => word !== undefined))
  })
)

test('every action that is recorded has a sentence in both languages', () => {
  assert.ok(actions.size > 30)
  for (const language of ['ja', 'en'] as const)
    for (const action of actions)
      assert.notEqual(
        sentenceOf(textsIn(language), { action, details: {} }),
        action,
        `${language}: ${action}`
      )
})
