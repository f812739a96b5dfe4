import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { cast } from './cast.ts'
import { loadDemo } from './load.ts'
import { nextCode } from './staff.ts'

export const demoCommands: Commands = (program, withPortal) => {
  const demo = program.command('demo').description('a made-up case to try the portal with')

  demo
    .command('code')
    .description('the one-time code with which one of its staff logs in')
    .argument('<login-id>', 'agent, operator, second or admin')
    .action((loginId: string) =>
      withPortal(async ({ db, config }) => {
        if (!config.embedded) throw new Failure('The demo is in the embedded database: unset DATABASE_URL.')
        console.log(await nextCode(db, config, loginId))
      })
    )

  demo
    .command('load')
    .description('load it into the embedded database, when that is empty')
    .action(() =>
      withPortal(async portal => {
        await loadDemo(portal, step => console.log(step))
        for (const { loginId, password, story } of cast) console.log(`${loginId}  ${password}  ${story.en}`)
      })
    )
}
