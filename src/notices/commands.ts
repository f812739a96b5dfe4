import type { Commands } from '../terminal/commands.ts'
import { bounceCommands } from './bounce-commands.ts'
import { planCommands } from './plan-commands.ts'
import { sendCommands } from './send-commands.ts'

export const noticeCommands: Commands = (program, withPortal) => {
  const notices = program.command('notices').description('e-mails that tell each account its verdict')
  for (const commands of [planCommands, sendCommands, bounceCommands]) commands(notices, withPortal)
}
