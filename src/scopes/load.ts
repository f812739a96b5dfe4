import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { copyInto, inTransaction } from '../database/copy.ts'
import type { CoverageGap } from '../database/tables.ts'
import type { Incident } from '../incidents/queries.ts'
import { Failure } from '../terminal/failure.ts'
import { showProgress } from '../terminal/progress.ts'
import { type Built, buildScope, buildSteps } from './build.ts'
import { holdOwners } from './lists.ts'
import { lostRowColumns, lostRows } from './lost-mail.ts'
import { listApart, listUnreadable } from './problems.ts'
import { countOwnerChanges, type DomainTotals, findScopeByKey, lockIncident, sumByDomain } from './queries.ts'
import { createStaging } from './staging.ts'

export type Load = {
  incident: Incident
  file: string
  gaps: CoverageGap[]
  /** Where all problems are written as CSV, if anywhere. */
  problems: string | undefined
  by: string
}

export type Loaded = Built & {
  domains: DomainTotals[]
  /** Lines of the file that are no lost mail of an account, as text. */
  apart: string[]
  /** False when the file is that version already. */
  fresh: boolean
  /** The version that the same file made before, and how many owners changed since. */
  before: { version: number; found: number; moved: number } | undefined
}

/**
 * Loads a lost-mail file as a draft scope, all or nothing. The same file again is the same scope,
 * unless addresses have other owners since.
 * @throws Failure that lists every line that cannot be read
 */
export async function loadScope(pool: pg.Pool, load: Load): Promise<Loaded> {
  const print = await fingerprint(load.file)
  // Half a recipient would clear its owner.
  if (!print.whole)
    throw new Failure(
      `${load.file} ends in the middle of a line: was it cut off? If it is complete, add a line break at its end.`
    )
  const key = keyOf(print, load)
  return inTransaction(pool, async client => {
    await holdOwners(client)
    await lockIncident(client, load.incident.id)
    const same = await findScopeByKey(client, load.incident.id, key)
    const before = same && { version: same.version, ...(await countOwnerChanges(client, same.id)) }
    if (same && before?.found === 0 && before.moved === 0)
      return { ...same, fresh: false, before, apart: [], domains: await sumByDomain(client, same.id) }
    const rows = await stage(client, load, print)
    const source = { file: path.basename(load.file), sha256: print.sha256, rows }
    const built = await build(client, {
      incidentId: load.incident.id,
      key,
      source,
      gaps: load.gaps,
      by: load.by
    })
    const apart = await listApart(client, load.problems)
    return { ...built, fresh: true, before, apart, domains: await sumByDomain(client, built.id) }
  })
}

const lineFeed = 10

type Fingerprint = { sha256: string; bytes: number; changedAt: number; whole: boolean }

async function fingerprint(file: string): Promise<Fingerprint> {
  const hash = createHash('sha256')
  try {
    const { size, mtimeMs } = await stat(file)
    let last: Buffer = Buffer.alloc(0)
    for await (const chunk of createReadStream(file)) hash.update((last = chunk))
    return {
      sha256: hash.digest('hex'),
      bytes: size,
      changedAt: mtimeMs,
      whole: size === 0 || last.at(-1) === lineFeed
    }
  } catch (error) {
    throw new Failure(`The file ${file} cannot be read: ${(error as Error).message}`)
  }
}

/** What decides a scope beside the owners of addresses. */
function keyOf({ sha256 }: Fingerprint, { incident, gaps }: Load): string {
  const { starts_at, ends_at, zone, domains } = incident
  const facts = JSON.stringify([sha256, gaps, starts_at, ends_at, zone, domains])
  return createHash('sha256').update(facts).digest('hex')
}

/** @returns the number of rows in the file, all of them readable */
async function stage(client: pg.PoolClient, load: Load, { bytes, changedAt }: Fingerprint): Promise<number> {
  await createStaging(client)
  const rows = await copyFile(client, load, bytes)
  const unreadable = await listUnreadable(client, load.problems)
  if (unreadable.length > 0)
    throw new Failure(
      `${unreadable.join('\n')}\nNothing was loaded: these lines of ${load.file} cannot be read.`
    )
  // Without a row nobody would be affected, and everybody be told so.
  if (rows === 0) throw new Failure(`Nothing was loaded: ${load.file} has no rows.`)
  if ((await stat(load.file)).mtimeMs !== changedAt)
    throw new Failure(`Nothing was loaded: ${load.file} changed while it was read.`)
  return rows
}

async function copyFile(client: pg.PoolClient, { file, incident }: Load, bytes: number): Promise<number> {
  const progress = showProgress(`Reading ${path.basename(file)}`, bytes, 'bytes')
  try {
    return await copyInto(client, `lost_rows ${lostRowColumns}`, lostRows(file, incident, progress.at))
  } finally {
    progress.end()
  }
}

async function build(client: pg.PoolClient, draft: Parameters<typeof buildScope>[1]): Promise<Built> {
  const progress = showProgress('Building the scope', buildSteps, 'steps')
  try {
    return await buildScope(client, draft, progress)
  } finally {
    progress.end()
  }
}
