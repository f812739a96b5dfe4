import { setFlagsFromString } from 'node:v8'
import type { Commands } from '../terminal/commands.ts'

// Before anything else is loaded: what a message needs is gone at once, and room for the young that has grown while
// modules were read stays so. It keeps a sender some 40 MB smaller.
setFlagsFromString('--semi-space-growth-factor=1')
const [{ planCommands }, { sendCommands }, { steerCommands }, { bounceCommands }] = await Promise.all([
  import('./plan-commands.ts'),
  import('./send-commands.ts'),
  import('./steer-commands.ts'),
  import('./bounce-commands.ts')
])

export const noticeCommands: Commands = (program, withPortal) => {
  const notices = program.command('notices').description('e-mails that tell each account its verdict')
  for (const commands of [planCommands, sendCommands, steerCommands, bounceCommands])
    commands(notices, withPortal)
}
