import type { Commands } from '../terminal/commands.ts'
import { loadCommands } from './load-commands.ts'
import { publishCommands } from './publish-commands.ts'
import { reviewCommands } from './review-commands.ts'

export const scopeCommands: Commands = (program, withPortal) => {
  const scope = program.command('scope').description('whose mail was lost, in numbered versions')
  for (const commands of [loadCommands, reviewCommands, publishCommands]) commands(scope, withPortal)
}
