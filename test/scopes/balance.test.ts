import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { findIncident, type Incident } from '../../src/incidents/queries.ts'
import { loadScope } from '../../src/scopes/load.ts'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident } from '../helpers/incident.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
await addCast(db)
const file = temporaryFiles()
await addIncident(db, 'outage')
const incident = (await findIncident(db, 'outage')) as Incident

type Row = { recipient: string; time: string; queue: string; message: string; class: string }

const row = fc.record<Row>({
  recipient: fc.constantFrom(
    'hanako@aoba.example',
    'info@aoba-net.example',
    'nobody@aoba.example',
    'taro@yamada.example'
  ),
  time: fc.constantFrom('2017-04-13T20:06:00', '2017-04-13T22:24:59', '2017-04-13T22:25:00'),
  queue: fc.constantFrom('', 'Q1', 'Q2'),
  message: fc.constantFrom('', '<1@x.example>', '<2@x.example>'),
  class: fc.constantFrom('', 'lost', 'unknown')
})

const actor = { kind: 'command' as const, name: 'test' }

/** What each row is, told from the rules alone. */
function fates(rows: Row[]): string[] {
  const seen = new Set<string>()
  return rows.map(({ recipient, time, queue, message, class: known }) => {
    const inside =
      recipient.endsWith('@yamada.example') || time.endsWith('22:25:00') ? '' : known === 'unknown'
    const key = [recipient, time, queue ? `queue ${queue}` : `message ${message}`, inside].join(' ')
    const twice = seen.has(key)
    if (queue || message) seen.add(key)
    if (twice) return 'duplicate'
    if (recipient.endsWith('@yamada.example')) return 'other_domain'
    if (time.endsWith('22:25:00')) return 'outside_window'
    if (known === 'unknown') return 'no_word'
    return recipient.startsWith('nobody') ? 'no_owner' : recipient
  })
}

test('whatever the file holds, every row is counted once, where it belongs', async () => {
  const rowsOfFile = fc.array(row, { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(rowsOfFile, async rows => {
      const lines = rows.map(({ recipient, time, queue, message, class: known }) =>
        [recipient, time, queue, message, known].join(',')
      )
      const content = ['recipient,received_at,queue_id,message_id,class', ...lines, ''].join('\n')
      const load = { incident, files: [file('any.csv', content)], gaps: [], problems: undefined, actor }
      const { id, totals } = await loadScope(pool, load)
      const expected = fates(rows)
      const count = (fate: string) => expected.filter(found => found === fate).length
      const lost = expected.filter(found => found.includes('@'))
      assert.deepEqual(totals, {
        rows: rows.length,
        affected_addresses: new Set(lost).size,
        lost_messages: lost.length,
        no_owner: count('no_owner'),
        other_domain: count('other_domain'),
        outside_window: count('outside_window'),
        no_word: count('no_word'),
        duplicates: count('duplicate')
      })
      const counted = await db
        .selectFrom('affected_addresses')
        .select(['email', 'lost_count'])
        .where('scope_id', '=', id)
        .orderBy('email')
        .execute()
      const emails = [...new Set(lost)].sort()
      assert.deepEqual(
        counted,
        emails.map(email => ({ email, lost_count: count(email) }))
      )
    }),
    { numRuns: 40 }
  )
})

test('a load whose numbers do not add up leaves nothing', async () => {
  await sql`
    create function lose_one() returns trigger language plpgsql as $$
    begin return case when new.queue_id = 'LOSE' then null else new end; end $$`.execute(db)
  await sql`
    create trigger lose_one before insert on lost_messages for each row execute function lose_one()`.execute(
    db
  )
  const before = await db.selectFrom('scopes').select('id').execute()
  const lostMail = file(
    'unbalanced.csv',
    'recipient,received_at,queue_id\nhanako@aoba.example,2017-04-13T21:00,KEEP\nhanako@aoba.example,2017-04-13T21:00,LOSE\n'
  )
  const { code, stderr } = await mypage(url, 'scope', 'load', 'outage', lostMail)
  assert.equal(code, 1)
  assert.match(stderr, /The scope does not balance: 2 lost messages, 1 found\./)
  assert.deepEqual(await db.selectFrom('scopes').select('id').execute(), before)
})
