import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { statSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { recordOn } from '../audit/record.ts'
import { readCsv } from '../csv/read.ts'
import { copyInto, inTransaction } from '../database/copy.ts'
import type { CommandPortal } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { showProgress } from '../terminal/progress.ts'
import { type Applied, applyRows, gatherAccounts } from './apply.ts'
import { type Listed, listProblems, listUnknownPasswords, writeProblems } from './problems.ts'
import { memberColumns, memberReader } from './row.ts'
import { checkAcrossRows, createStaging, memberRows } from './staging.ts'
import { countPasswords, type Passwords } from './summary.ts'
import { wrapPasswords } from './wrap.ts'

export type MemberImport = {
  file: string
  /** Load the good rows although there are bad ones. */
  skipBadRows?: boolean
  /** Disable the accounts that no row names. */
  disableMissing?: boolean
  /** Keep fast digests as they are until the login. */
  wrapLater?: boolean
  /** Where all problems are written as CSV. */
  problems?: string
}

export type Imported = Applied & { rows: number; problems: Listed; unknown: Listed; passwords: Passwords }

/**
 * Makes accounts and addresses what a members file says, all or nothing: it is the whole truth about
 * the accounts that it names. The same file again changes nothing.
 * @throws Failure that lists the bad rows, unless they are to be skipped
 */
export function importMembers({ config, pool }: CommandPortal, asked: MemberImport): Promise<Imported> {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', config.secret, '', 'password source', 32)))
  return inTransaction(pool, async client => {
    await createStaging(client)
    const rows = await stage(client, asked.file, key)
    const problems = await check(client, asked)
    await gatherAccounts(client, !asked.wrapLater)
    if (!asked.wrapLater) await wrapPasswords(client)
    const applied = await applyRows(client, asked.disableMissing ?? false)
    const unknown = await listUnknownPasswords(client)
    const passwords = await countPasswords(client)
    await recordImport(client, applied, rows)
    return { ...applied, rows, problems, unknown, passwords }
  })
}

async function recordImport(client: pg.PoolClient, { accounts, addresses }: Applied, rows: number) {
  const { new: added, changed, disabled } = accounts
  const details = { rows, added, changed, disabled, addresses: addresses.new, removed: addresses.removed }
  await recordOn(client, { actor: commandActor(), action: 'members imported', details })
}

async function stage(client: pg.PoolClient, file: string, key: KeyObject): Promise<number> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const progress = showProgress(`Reading ${path.basename(file)}`, size, 'bytes')
  try {
    const rows = await copyInto(client, memberRows, read(file, key, progress.at))
    // With nobody in the file, everybody would be missing.
    if (rows === 0) throw new Failure(`Nothing was imported: ${file} has no rows.`)
    return rows
  } finally {
    progress.end()
  }
}

async function* read(file: string, key: KeyObject, onProgress: (bytes: number) => void) {
  const staged = memberReader(key)
  for await (const row of readCsv(file, memberColumns, onProgress)) yield staged(row)
}

async function check(client: pg.PoolClient, asked: MemberImport): Promise<Listed> {
  const { skipBadRows = false, disableMissing = false } = asked
  await checkAcrossRows(client, { disable: disableMissing, skipBadRows })
  if (asked.problems) await writeProblems(client, asked.problems)
  const problems = await listProblems(client)
  if (problems.count === 0 || skipBadRows) return problems
  throw new Failure(
    `${problems.lines.join('\n')}\nNothing was imported; bad rows in ${asked.file}: ${problems.count}. ` +
      'Mend them, or leave them out with --skip-bad-rows.'
  )
}
