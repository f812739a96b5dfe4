import type pg from 'pg'
import type { Config } from '../config.ts'
import { openPool, queriesOn } from '../database/connect.ts'
import type { Database } from '../database/tables.ts'

/**
 * What pages work with. `pool` is for the named statements of the pages that everybody opens, `db` for all
 * others. `signInDb` is a pool apart, so that a rush on the login never holds up a signed-in page; so is `longPool`,
 * with `longDb` on it, for what may take a minute. `url` is the database's, for threads.
 */
export type Portal = {
  config: Config
  url: string
  db: Database
  pool: pg.Pool
  signInDb: Database
  longPool: pg.Pool
  longDb: Database
}

/** Opens the pools of a portal: at most 22 connections in all; a statement may take 10 s, but for long ones. */
export function openPortal(config: Config, url: string): { portal: Portal; close: () => Promise<void> } {
  const pool = openPool(url, { connections: 8, statementTimeout: 10_000, plannedOnce: true })
  const db = queriesOn(openPool(url, { connections: 6, statementTimeout: 10_000 }))
  const longPool = openPool(url, { connections: 2, statementTimeout: 0 })
  const longDb = queriesOn(longPool)
  const signInDb = queriesOn(openPool(url, { connections: 6, statementTimeout: 10_000 }))
  const close = async () => {
    await Promise.all([pool.end(), db.destroy(), signInDb.destroy(), longDb.destroy()])
  }
  return { portal: { config, url, db, pool, signInDb, longPool, longDb }, close }
}
