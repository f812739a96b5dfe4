import { createHash } from 'node:crypto'
import path from 'node:path'
import type pg from 'pg'
import { type Actor, nameOf, recordOn } from '../audit/record.ts'
import { copyInto, inTransaction } from '../database/copy.ts'
import type { Coverage, CoverageGap, ScopeSource } from '../database/tables.ts'
import { unhurriedly } from '../database/unhurried.ts'
import type { Incident } from '../incidents/queries.ts'
import { Failure } from '../terminal/failure.ts'
import { showProgress } from '../terminal/progress.ts'
import { type Built, buildScope, buildSteps } from './build.ts'
import { coverageOf } from './coverage.ts'
import { inspect, type LostMailFile, refuseChanged, refusePartial } from './files.ts'
import { holdOwners } from './lists.ts'
import { haveRecipientsAlone, lostRowColumns, lostRows } from './lost-mail.ts'
import { listApart, listUnreadable } from './problems.ts'
import { countOwnerChanges, type DomainTotals, findScopeByKey, lockIncident, sumByDomain } from './queries.ts'
import { createStaging } from './staging.ts'

export type Load = {
  incident: Incident
  /** Lost-mail files, one of each host for example, that make one scope together. */
  files: string[]
  gaps: CoverageGap[]
  /** Where all problems are written as CSV, if anywhere. */
  problems: string | undefined
  actor: Actor
  /** How each step is shown; on the terminal unless told otherwise. */
  show?: typeof showProgress
}

export type Loaded = Built & {
  domains: DomainTotals[]
  /** Lines of the files that are no lost mail of an account, as text. */
  apart: string[]
  /** False when the files are that version already. */
  fresh: boolean
  coverage: Coverage
  files: LostMailFile[]
  /** The version that the same files made before, and how many owners changed since. */
  before: { version: number; found: number; moved: number } | undefined
}

/**
 * Loads lost-mail files as one draft scope, all or nothing. The same files again, in any order, are the
 * same scope, unless addresses have other owners since.
 * @throws Failure that lists every line that cannot be read
 */
export async function loadScope(pool: pg.Pool, load: Load): Promise<Loaded> {
  const files: LostMailFile[] = []
  for (const file of load.files) files.push(await inspect(file))
  refusePartial(files, load.incident.domains)
  const summaries = files.flatMap(({ summary }) => summary ?? [])
  const coverage = coverageOf(load.incident, load.gaps, summaries)
  const key = keyOf(files, load.incident, coverage)
  return inTransaction(pool, async client => {
    await holdOwners(client)
    await lockIncident(client, load.incident.id)
    const same = await findScopeByKey(client, load.incident.id, key)
    const before = same && { version: same.version, ...(await countOwnerChanges(client, same.id)) }
    const fresh = before?.found !== 0 || before.moved !== 0
    const scope =
      same && !fresh ? { ...same, apart: [] } : await makeDraft(client, load, { key, files, coverage })
    const domains = await sumByDomain(client, scope.id)
    if (fresh) await recordLoad(client, load, scope)
    return { ...scope, coverage, files, fresh, before, domains }
  })
}

async function recordLoad(client: pg.PoolClient, { actor, incident, files }: Load, built: Built) {
  const { rows, affected_addresses, lost_messages } = built.totals
  const details = { version: built.version, files: files.length, rows, affected_addresses, lost_messages }
  await recordOn(client, { actor, incidentId: incident.id, action: 'scope loaded', details })
}

/** What decides a scope beside the owners of addresses. */
function keyOf(files: LostMailFile[], incident: Incident, coverage: Coverage): string {
  const { starts_at, ends_at, zone, domains } = incident
  const hashes = files.map(({ sha256 }) => sha256).sort()
  const facts = JSON.stringify([hashes, coverage, starts_at, ends_at, zone, domains])
  return createHash('sha256').update(facts).digest('hex')
}

type Draft = { key: string; files: LostMailFile[]; coverage: Coverage }

async function makeDraft(client: pg.PoolClient, load: Load, { key, files, coverage }: Draft) {
  const sources = await stage(client, load, files)
  const incidentId = load.incident.id
  const built = await build(client, load, { incidentId, key, sources, coverage, by: nameOf(load.actor) })
  return { ...built, apart: await listApart(client, load.problems) }
}

/** @returns the files with their numbers of rows, all of them readable */
async function stage(client: pg.PoolClient, load: Load, files: LostMailFile[]): Promise<ScopeSource[]> {
  await createStaging(client)
  const sources = await copyFiles(client, load, files)
  const unreadable = await listUnreadable(client, load.problems)
  if (unreadable.length > 0)
    throw new Failure(`${unreadable.join('\n')}\nNothing was loaded: these lines cannot be read.`)
  // Without a row nobody would be affected, and everybody be told so.
  if (sources.every(({ rows }) => rows === 0))
    throw new Failure(`Nothing was loaded: ${load.files.join(' and ')} has no rows.`)
  refuseTwice(sources)
  await refuseChanged(files)
  return sources
}

/** A row that has neither queue ID nor message ID would be counted twice. */
function refuseTwice(sources: ScopeSource[]) {
  for (const [at, { file, sha256, rows }] of sources.entries()) {
    const other = sources.slice(0, at).find(known => known.sha256 === sha256)
    if (other && rows > 0)
      throw new Failure(
        `Nothing was loaded: ${other.file} and ${file} have the same content. Name each file once.`
      )
  }
}

async function copyFiles(
  client: pg.PoolClient,
  { incident, show = showProgress }: Load,
  files: LostMailFile[]
) {
  const recipientsAlone = await haveRecipientsAlone(files.map(({ file }) => file))
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const what = files.map(({ file }) => path.basename(file)).join(', ')
  const progress = show(`Reading ${files.length > 3 ? `${files.length} files` : what}`, all, 'bytes')
  const sources: ScopeSource[] = []
  let before = 0
  try {
    for (const [number, { file, sha256, bytes, summary }] of files.entries()) {
      await client.query('insert into lost_files values ($1, $2)', [number, file])
      const lost = lostRows(
        { file, number, recipientsAlone, isScanned: summary !== undefined },
        incident,
        read => progress.at(before + read)
      )
      const rows = await copyInto(client, `lost_rows ${lostRowColumns}`, unhurriedly(lost))
      sources.push({ file: path.basename(file), sha256, rows, summary: summary !== undefined })
      before += bytes
    }
    return sources
  } finally {
    progress.end()
  }
}

type NewDraft = Parameters<typeof buildScope>[1]

async function build(client: pg.PoolClient, { show = showProgress }: Load, draft: NewDraft): Promise<Built> {
  const progress = show('Building the scope', buildSteps, 'steps')
  try {
    return await buildScope(client, draft, progress)
  } finally {
    progress.end()
  }
}
