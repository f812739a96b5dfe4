import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { RulesFile } from '../../src/scan/rules-file.ts'

const docs = path.join(import.meta.dirname, '../../docs')
const schema = JSON.parse(readFileSync(path.join(docs, 'rules.schema.json'), 'utf8'))

test('the schema for editors says what the scan accepts', () => {
  const { $schema, ...published } = schema
  assert.equal($schema, 'https://json-schema.org/draft/2020-12/schema')
  assert.deepEqual(published, JSON.parse(JSON.stringify(RulesFile)))
})
