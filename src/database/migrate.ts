import { promises as fs } from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { FileMigrationProvider, Migrator } from 'kysely/migration'
import type { Database } from './tables.ts'

const migrationFolder = path.join(import.meta.dirname, '../../migrations')
const attempts = 5

/**
 * Brings the tables up to date, in one transaction, one process at a time.
 * A lock that is not free within 5 s gives up, so that waiting readers are not held back, and tries again.
 * @returns the names of the migrations that were applied, oldest first
 */
export async function migrate(db: Database): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const { error, results } = await db.connection().execute(async connection => {
      await sql`set lock_timeout = '5s'`.execute(connection)
      const provider = new FileMigrationProvider({ fs, path, migrationFolder })
      const outcome = await new Migrator({ db: connection, provider }).migrateToLatest()
      await sql`reset lock_timeout`.execute(connection)
      return outcome
    })
    if (!error) return (results ?? []).map(result => result.migrationName)
    if (!isLockTimeout(error) || attempt === attempts) throw error
  }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}
