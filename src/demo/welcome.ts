import type { Config } from '../config.ts'
import type { CommandPortal } from '../terminal/commands.ts'
import { cast } from './cast.ts'
import { loadDemo } from './load.ts'
import { findDemoState } from './state.ts'

/** Loads the demo into an empty database, or goes on where an earlier start was stopped. */
export async function prepareDemo(portal: CommandPortal) {
  const state = await findDemoState(portal.db)
  if (state === 'empty' || state === 'begun') await loadDemo(portal, step => console.log(`${step} …`))
}

/** Says where the portal is, who can log in there, and where to go first. */
export function welcome({ origin, dataDir }: Config) {
  const lines = cast.map(
    ({ loginId, password, story }) => `  ${loginId.padEnd(9)} ${password.padEnd(19)} ${story.en}`
  )
  console.log(`
MyPage is running at ${origin}

Go there first: read the news, then log in as
${lines.join('\n')}

  individual members  ${origin}/login/individual
  business members    ${origin}/login/business

The data is in ${dataDir}; delete that folder to begin anew. Ctrl-C stops everything.
`)
}
