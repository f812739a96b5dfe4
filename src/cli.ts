import { Command } from 'commander'
import { readConfig } from './config.ts'
import { openPool, queriesOn } from './database/connect.ts'
import { migrate } from './database/migrate.ts'
import { findDatabase } from './database/open.ts'
import { demoCommands } from './demo/commands.ts'
import { domainCommands } from './domains/commands.ts'
import { incidentCommands } from './incidents/commands.ts'
import { memberCommands } from './members/commands.ts'
import { reportCommands } from './reports/commands.ts'
import { scanCommands } from './scan/commands.ts'
import { scopeCommands } from './scopes/commands.ts'
import type { Commands } from './terminal/commands.ts'
import { Failure } from './terminal/failure.ts'

const features: Commands[] = [
  memberCommands,
  domainCommands,
  incidentCommands,
  scanCommands,
  scopeCommands,
  reportCommands,
  demoCommands
]

const program = new Command('mypage')
  .description('Runs and feeds the portal for lost mail.')
  .showHelpAfterError()

program
  .command('migrate')
  .description('bring the tables up to date')
  .action(() => withPortal(async () => console.log('The tables are up to date.')))

for (const commands of features) commands(program, withPortal)

// Whoever reads the output may have seen enough: `mypage scan … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = 1
}

/**
 * Opens the database, brings its tables up to date and lets go of it at the end, whatever happens. A
 * command that is interrupted has changed nothing: what it does to the tables is one transaction.
 */
async function withPortal(work: Parameters<Parameters<Commands>[1]>[0]) {
  const config = readConfig()
  const { url, leave } = await findDatabase(config)
  const interrupted = () => leave().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  const pool = openPool(url, { connections: 4, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    await migrate(db)
    await work({ config, db, pool })
  } finally {
    await db.destroy()
    await leave()
  }
}
