import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { unpackChromium } from './chromium.ts'

let leave = async () => {}

/** Runs once before all test files: one PostgreSQL, whose database `mypage` is the migrated template. */
export async function globalSetup() {
  await unpackChromium()
  const folder = mkdtempSync(path.join(roomyFolder(), 'mypage-test-'))
  const careless = ['fsync=off', 'full_page_writes=off', 'max_wal_size=1GB']
  const server = await joinEmbedded(folder, [...careless, 'max_connections=200'])
  leave = async () => {
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
  const db = queriesOn(openPool(server.url, { connections: 1, statementTimeout: 0 }))
  await migrate(db)
  await db.destroy()
  process.env.TEST_DATABASE_URL = server.url
  // Every file, and every command that it runs, would compile the same modules anew.
  process.env.NODE_COMPILE_CACHE = path.join(import.meta.dirname, '../../node_modules/.cache/node')
}

export function globalTeardown() {
  return leave()
}

/** The database of each test file is hundreds of files, which a file system in memory makes in a tenth of the time. */
function roomyFolder(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 4 * 2 ** 30 ? memory : tmpdir()
}
