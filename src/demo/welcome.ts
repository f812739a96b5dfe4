import { existsSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { openPool, queriesOn } from '../database/connect.ts'
import { cast } from './cast.ts'
import { Catcher } from './catcher.ts'
import { type Writing, writeFiles } from './files.ts'
import { demoFolder, loadDemo } from './load.ts'
import { demoMailPages } from './mail-pages.ts'
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

/** A mail server for the notices of the demo, and pages to read them. */
export async function catchMail(config: Config, app: FastifyInstance, held: AsyncDisposableStack) {
  const catcher = new Catcher()
  await catcher.open(config)
  held.defer(() => catcher.close(config))
  await app.register(demoMailPages, { catcher })
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

Notices that you send go nowhere; read them at ${origin}/demo/mail
npm run mypage -- notices plan 2017-04-13 && npm run mypage -- notices send 2017-04-13 --rate 500

The data is in ${dataDir}; delete that folder to begin anew. Ctrl-C stops everything.
`)
}
