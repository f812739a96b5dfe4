import pg from 'pg'
import type { Config } from '../config.ts'
import { Failure } from '../terminal/failure.ts'
import { joinEmbedded } from './embedded.ts'

/**
 * The address of the database that the settings name, or of the embedded one, and how to let go of it.
 * @throws Failure when it does not answer or is too old
 */
export async function findDatabase(config: Config): Promise<{ url: string; leave: () => Promise<void> }> {
  if (config.embedded) return joinEmbedded(config.dataDir)
  const version = await findVersion(config.databaseUrl)
  if (version < 180_000)
    throw new Failure(`DATABASE_URL names PostgreSQL ${Math.floor(version / 10_000)}; 18 or later is needed.`)
  return { url: config.databaseUrl, leave: async () => {} }
}

async function findVersion(url: string): Promise<number> {
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    await client.connect()
    const { rows } = await client.query(`select current_setting('server_version_num')::int as version`)
    await client.end()
    return rows[0].version
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    throw new Failure(`The database of DATABASE_URL does not answer: ${message || code}`)
  }
}
