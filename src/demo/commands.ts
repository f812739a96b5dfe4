import type { Commands } from '../terminal/commands.ts'
import { cast } from './cast.ts'
import { loadDemo } from './load.ts'

export const demoCommands: Commands = (program, withPortal) => {
  program
    .command('demo')
    .description('a made-up case to try the portal with')
    .command('load')
    .description('load it into the embedded database, when that is empty')
    .action(() =>
      withPortal(async portal => {
        await loadDemo(portal, step => console.log(step))
        for (const { loginId, password, story } of cast) console.log(`${loginId}  ${password}  ${story.en}`)
      })
    )
}
