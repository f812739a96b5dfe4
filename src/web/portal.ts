import type pg from 'pg'
import type { Config } from '../config.ts'
import type { Database } from '../database/tables.ts'

/** What pages work with. `signInDb` is a pool apart, so that a rush on the login never holds up a signed-in page. */
export type Portal = { config: Config; db: Database; pool: pg.Pool; signInDb: Database }
