import { Command } from 'commander'
import type { Commands, WithPortal } from './terminal/commands.ts'
import { Failure } from './terminal/failure.ts'

/** Only what is called is loaded: on a mail host a scan needs no database. */
const features: Record<string, () => Promise<Commands>> = {
  members: async () => (await import('./members/commands.ts')).memberCommands,
  domains: async () => (await import('./domains/commands.ts')).domainCommands,
  incident: async () => (await import('./incidents/commands.ts')).incidentCommands,
  scan: async () => (await import('./scan/commands.ts')).scanCommands,
  watch: async () => (await import('./watch/commands.ts')).watchCommands,
  scope: async () => (await import('./scopes/commands.ts')).scopeCommands,
  reports: async () => (await import('./reports/commands.ts')).reportCommands,
  notices: async () => (await import('./notices/commands.ts')).noticeCommands,
  staff: async () => (await import('./staff/commands.ts')).staffCommands,
  audit: async () => (await import('./audit/commands.ts')).auditCommands,
  demo: async () => (await import('./demo/commands.ts')).demoCommands
}

const program = new Command('mypage')
  .description('Runs and feeds the portal for lost mail.')
  .showHelpAfterError('(add --help to see what there is)')

program
  .command('migrate')
  .description('bring the tables up to date')
  .action(() => withPortal(async () => console.log('The tables are up to date.')))

// As it was called before.
if (process.argv[2] === 'report') process.argv[2] = 'reports'
const called = features[process.argv[2] ?? '']
for (const load of called ? [called] : Object.values(features)) (await load())(program, withPortal)

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

async function withPortal(...asked: Parameters<WithPortal>) {
  const portal = await import('./database/portal.ts')
  await portal.withPortal(...asked)
}
