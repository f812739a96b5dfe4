import { existsSync } from 'node:fs'
import type { Config } from '../config.ts'
import { openPool, queriesOn } from '../database/connect.ts'
import { cast } from './cast.ts'
import { type Writing, writeFiles } from './files.ts'
import { demoFolder, loadDemo } from './load.ts'
import { addDemoStaff, staff } from './staff.ts'
import { findDemoState } from './state.ts'

/** Where there is no data yet the demo will be loaded: its files are written while the database is made. */
export function beginDemo(config: Config): Writing | undefined {
  return existsSync(config.dataDir) ? undefined : writeFiles(demoFolder(config))
}

/**
 * Loads the demo into an empty database, or goes on where an earlier start was stopped.
 * @param begun what `beginDemo` gave
 */
export async function prepareDemo(config: Config, url: string, begun: Writing | undefined) {
  const pool = openPool(url, { connections: 4, statementTimeout: 0 })
  const db = queriesOn(pool)
  try {
    const state = await findDemoState(db)
    if (state === 'empty' || state === 'begun')
      await loadDemo({ config, db, pool }, step => console.log(`${step} …`), begun)
    else if (state === 'complete') await addDemoStaff(db, config)
  } finally {
    await db.destroy()
  }
}

/** Says where the portal is, who can log in there, and where to go first. */
export function welcome({ origin, dataDir }: Config) {
  const show = (loginId: string, password: string, story: string) =>
    `  ${loginId.padEnd(9)} ${password.padEnd(20)} ${story}`
  const members = cast.map(({ loginId, password, story }) => show(loginId, password, story.en))
  const others = staff.map(({ loginId, password, story }) => show(loginId, password, story))
  console.log(`
MyPage is running at ${origin}

Go there first: read the news, then log in as
${members.join('\n')}

  individual members  ${origin}/login/individual
  business members    ${origin}/login/business

Your own staff, on ${origin}/login/staff; the one-time code is printed by
npm run mypage -- demo code LOGIN-ID
${others.join('\n')}

The data is in ${dataDir}; delete that folder to begin anew. Ctrl-C stops everything.
`)
}
