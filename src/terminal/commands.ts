import type { Command } from 'commander'
import type pg from 'pg'
import type { Config } from '../config.ts'
import type { Database } from '../database/tables.ts'

/** What a command works with; `pool` is for COPY, which needs a connection of its own. */
export type CommandPortal = { config: Config; db: Database; pool: pg.Pool }

/** A feature's commands, added to the program; `withPortal` opens the database for one of them. */
export type WithPortal = (
  work: (portal: CommandPortal) => Promise<void>,
  how?: { endsItself?: boolean }
) => Promise<void>
export type Commands = (program: Command, withPortal: WithPortal) => void
