import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database, DatabaseTransaction, Tables } from './tables.ts'

export type Limits = {
  /** Connections of this pool at the most. */
  connections: number
  /** Milliseconds that one statement may take; 0 is no limit, for commands. */
  statementTimeout: number
  /** For named statements, whose plan is made once: planning one of ours takes five times as long as running it. */
  plannedOnce?: boolean
}

/** A pool that waits at most 5 s for a free connection and outlives a restart of the server. */
export function openPool(url: string, limits: Limits): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.connections,
    // Those that are open stay so: the first answer of a new one takes twenty times as long as the next.
    min: limits.connections,
    connectionTimeoutMillis: 5_000,
    statement_timeout: limits.statementTimeout,
    idle_in_transaction_session_timeout: limits.statementTimeout,
    keepAlive: true,
    application_name: 'mypage',
    // The planner's compiler costs more than our short statements take. Room for temporary tables has to be set before
    // the first one; only what is used is taken.
    options: `-c jit=off -c timezone=UTC -c temp_buffers=64MB${limits.plannedOnce ? ' -c plan_cache_mode=force_generic_plan' : ''}`
  })
  // Without listeners, a connection that the server closes would end the process: one that is idle, and one that is
  // between two statements of a transaction, whose next statement then fails.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}

/** Kysely on a pool; destroying it ends the pool. */
export function queriesOn(pool: pg.Pool): Database {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

/** What runs a named statement: a pool, or a transaction as `statementsIn` gives it. */
export type Statements = {
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<{ rows: Row[] }>
}
type Statement = { name: string; text: string; values: unknown[] }

/** Named statements in a transaction, which plans them each time. */
export function statementsIn(tx: DatabaseTransaction): Statements {
  return { query: ({ text, values }) => tx.executeQuery(CompiledQuery.raw(text, values)) }
}
