import assert from 'node:assert/strict'
import { promises as fs } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { FileMigrationProvider, Migrator } from 'kysely/migration'
import { openTestDatabase } from '../helpers/database.ts'

const { db } = await openTestDatabase()
const migrationFolder = path.join(import.meta.dirname, '../../migrations')
const migrator = new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder }) })

test('reports from before there were revisions stay as they were, each with its first text', async () => {
  await sql`drop schema public cascade; create schema public`.execute(db)
  assert.equal((await migrator.migrateTo('0012_withdrawal_by_two')).error, undefined)
  await sql`insert into incidents (slug, title_ja, title_en, starts_at, ends_at, zone, state, unaffected_en)
    values ('old', '障害', 'Outage', '2017-04-13T20:06+09', '2017-04-13T22:25+09', 'Asia/Tokyo', 'published', 'sent mail')`.execute(
    db
  )
  await sql`insert into reports (incident_id, number, title_ja, title_en, body_ja, body_en, published_at)
    select id, number, '第' || number || '報', 'Report ' || number, '文', 'Text', '2017-04-14T10:00+09'
    from incidents, generate_series(1, 2) as number`.execute(db)
  const { rows: before } = await sql`select * from reports order by number`.execute(db)
  assert.equal((await migrator.migrateToLatest()).error, undefined)
  const { rows: after } = await sql`
    select incident_id, number, title_ja, title_en, body_ja, body_en, published_at from reports
    order by number`.execute(db)
  assert.deepEqual(after, before)
  const { rows: kept } = await sql`
    select number, revision, r.body_en, unaffected_en, at from report_revisions r
    join report_drafts d on d.id = r.report_id join incident_wordings using (incident_id) order by number`.execute(
    db
  )
  const old = { revision: 1, body_en: 'Text', unaffected_en: 'sent mail', at: Number.NEGATIVE_INFINITY }
  assert.deepEqual(kept, [
    { number: 1, ...old },
    { number: 2, ...old }
  ])
})
