import type pg from 'pg'
import type { Config } from '../config.ts'
import { openPool, queriesOn } from '../database/connect.ts'
import type { Database } from '../database/tables.ts'

/**
 * What pages work with. `pool` is for the named statements of the pages that everybody opens, `db` for all
 * others. `signInDb` is a pool apart, so that a rush on the login never holds up a signed-in page.
 */
export type Portal = { config: Config; db: Database; pool: pg.Pool; signInDb: Database }

/** Opens the pools of a portal: at most 20 connections in all; a statement may take 10 s. */
export function openPortal(config: Config, url: string): { portal: Portal; close: () => Promise<void> } {
  const pool = openPool(url, { connections: 8, statementTimeout: 10_000, plannedOnce: true })
  const db = queriesOn(openPool(url, { connections: 6, statementTimeout: 10_000 }))
  const signInDb = queriesOn(openPool(url, { connections: 6, statementTimeout: 10_000 }))
  const close = async () => {
    await Promise.all([pool.end(), db.destroy(), signInDb.destroy()])
  }
  return { portal: { config, db, pool, signInDb }, close }
}
