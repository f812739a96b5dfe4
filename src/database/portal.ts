import { readConfig } from '../config.ts'
import type { CommandPortal } from '../terminal/commands.ts'
import { openPool, queriesOn } from './connect.ts'
import { migrate } from './migrate.ts'
import { findDatabase } from './open.ts'

const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Opens the database, brings its tables up to date and lets go of it at the end, whatever happens. A
 * command that is interrupted has changed nothing: what it does to the tables is one transaction.
 * @param how `endsItself` when the command brings its work to an end on a signal, and ends then
 */
export async function withPortal(
  work: (portal: CommandPortal) => Promise<void>,
  { endsItself = false }: { endsItself?: boolean } = {}
) {
  const config = readConfig()
  const { url, leave } = await findDatabase(config)
  const interrupted = () => leave().finally(() => process.exit(130))
  if (!endsItself) for (const signal of signals) process.once(signal, interrupted)
  const pool = openPool(url, { connections: 4, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    await migrate(db)
    await work({ config, db, pool })
  } finally {
    await db.destroy()
    await leave()
    for (const signal of signals) process.off(signal, interrupted)
  }
}
