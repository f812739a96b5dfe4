import type { Config } from '../config.ts'
import { openPool, queriesOn } from '../database/connect.ts'
import { cast } from './cast.ts'
import { loadDemo } from './load.ts'
import { findDemoState } from './state.ts'

/** Loads the demo into an empty database, or goes on where an earlier start was stopped. */
export async function prepareDemo(config: Config, url: string) {
  const pool = openPool(url, { connections: 4, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    const state = await findDemoState(db)
    if (state === 'empty' || state === 'begun')
      await loadDemo({ config, db, pool }, step => console.log(`${step} …`))
  } finally {
    await db.destroy()
  }
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
