import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide, type Standing, type Verdict } from '../../src/incidents/verdict.ts'

const scope = { version: 1, gaps: [] }
const gapped = { version: 1, gaps: [{ from: '2017-04-13T11:06:00Z', to: '2017-04-13T11:10:00Z' }] }
const row = { lost_count: 2 }
const quiet: Standing = { scope, affected: null, concerned: true, kind: 'provider', doubt: null }

const table: [string, Partial<Standing>, Verdict][] = [
  ['on a concerned domain, no mail lost', {}, { verdict: 'not_affected', reason: 'no_mail_lost' }],
  [
    'virtual domain',
    { concerned: false, kind: 'virtual' },
    { verdict: 'not_affected', reason: 'virtual_domain' }
  ],
  ['another domain', { concerned: false }, { verdict: 'not_affected', reason: 'other_domain' }],
  ['virtual, yet concerned', { kind: 'virtual' }, { verdict: 'not_affected', reason: 'no_mail_lost' }],
  ['in the scope', { affected: row }, { verdict: 'affected' }],
  ['in the scope, with a gap', { affected: row, scope: gapped }, { verdict: 'affected' }],
  ['in the scope, in doubt', { affected: row, doubt: 'unmatched' }, { verdict: 'affected' }],
  ['in the scope, on another domain', { affected: row, concerned: false }, { verdict: 'affected' }],
  ['no scope', { scope: null }, { verdict: 'undetermined', reason: 'no_scope' }],
  [
    'no scope, virtual',
    { scope: null, concerned: false, kind: 'virtual' },
    { verdict: 'undetermined', reason: 'no_scope' }
  ],
  ['a gap', { scope: gapped }, { verdict: 'undetermined', reason: 'coverage_gap' }],
  [
    'a gap, another domain',
    { scope: gapped, concerned: false },
    { verdict: 'undetermined', reason: 'coverage_gap' }
  ],
  [
    'a gap, in doubt',
    { scope: gapped, doubt: 'unmatched' },
    { verdict: 'undetermined', reason: 'coverage_gap' }
  ],
  ['in doubt', { doubt: 'unmatched' }, { verdict: 'undetermined', reason: 'being_matched' }],
  [
    'in doubt, virtual',
    { doubt: 'unmatched', concerned: false, kind: 'virtual' },
    { verdict: 'undetermined', reason: 'being_matched' }
  ]
]

for (const [name, given, expected] of table)
  test(`verdict: ${name}`, () => assert.deepEqual(decide({ ...quiet, ...given }), expected))

const gap = fc.record({ from: fc.string(), to: fc.string() })
const standing = fc.record<Standing>({
  scope: fc.option(fc.record({ version: fc.integer({ min: 1 }), gaps: fc.array(gap, { maxLength: 2 }) })),
  affected: fc.option(fc.object()),
  concerned: fc.boolean(),
  kind: fc.constantFrom('provider', 'virtual'),
  doubt: fc.constantFrom('unmatched', null)
})

test('an address is "affected" exactly when the scope has its row', () => {
  fc.assert(
    fc.property(standing, given => (decide(given).verdict === 'affected') === (given.affected !== null))
  )
})

test('"not affected" needs a scope without gaps and no doubt', () => {
  fc.assert(
    fc.property(standing, given => {
      const sure = given.scope?.gaps.length === 0 && given.doubt === null && given.affected === null
      return (decide(given).verdict === 'not_affected') === sure
    })
  )
})

test('a fact that is missing or malformed never reads "not affected"', () => {
  const facts: Record<keyof Standing, (value: unknown) => boolean> = {
    scope: value => value === null || isScope(value),
    affected: value => value === null,
    concerned: value => typeof value === 'boolean',
    kind: value => value === 'provider' || value === 'virtual',
    doubt: value => value === null
  }
  const fact = fc.constantFrom(...(Object.keys(facts) as (keyof Standing)[]))
  fc.assert(
    fc.property(fact, fc.anything({ withNullPrototype: true }), (name, value) => {
      fc.pre(!facts[name](value))
      const { verdict } = decide({ ...quiet, concerned: false, [name]: value } as Standing)
      return verdict !== 'not_affected'
    }),
    { numRuns: 2_000 }
  )
})

test('a standing that is garbage altogether never reads "not affected"', () => {
  fc.assert(
    fc.property(fc.object(), garbage => decide(garbage as unknown as Standing).verdict !== 'not_affected')
  )
})

function isScope(value: unknown): boolean {
  const { version, gaps } = (value ?? {}) as Record<string, unknown>
  return Number.isInteger(version) && Array.isArray(gaps) && gaps.length === 0
}
