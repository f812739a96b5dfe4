import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../terminal/failure.ts'
import type { Summary } from './summary.ts'

type Fingerprint = { sha256: string; bytes: number; changedAt: number }

/** `summary` is `undefined` where none lies beside the file. */
export type LostMailFile = Fingerprint & { file: string; summary: Summary | undefined }

/**
 * @throws Failure when a file cannot be read, or was cut off (half a recipient would clear its owner), or
 * its summary cannot be used
 */
export async function inspect(file: string): Promise<LostMailFile> {
  const { whole, ...found } = await fingerprint(file)
  if (!whole)
    throw new Failure(
      `${file} ends in the middle of a line: was it cut off? If it is complete, add a line break at its end.`
    )
  return { file, ...found, summary: await summaryOf(file, found.sha256) }
}

/** The summary that a scan left beside its lost-mail file: NAME.summary.json beside NAME.csv. */
async function summaryOf(file: string, sha256: string): Promise<Summary | undefined> {
  const { dir, name } = path.parse(file)
  const summary = path.join(dir, `${name}.summary.json`)
  if (!existsSync(summary)) return undefined
  // What checks it is loaded where there is one: that takes longer than to load a small scope.
  const { readSummary } = await import('./summary.ts')
  return readSummary(summary, { lostMail: file, sha256 })
}

const lineFeed = 10

async function fingerprint(file: string): Promise<Fingerprint & { whole: boolean }> {
  const hash = createHash('sha256')
  try {
    const { size, mtimeMs } = await stat(file)
    let last: Buffer = Buffer.alloc(0)
    for await (const chunk of createReadStream(file)) hash.update((last = chunk))
    const whole = size === 0 || last.at(-1) === lineFeed
    return { sha256: hash.digest('hex'), bytes: size, changedAt: mtimeMs, whole }
  } catch (error) {
    throw new Failure(`The file ${file} cannot be read: ${(error as Error).message}`)
  }
}

/** @throws Failure when a file was made for some of the domains only: on the others nobody would be affected */
export function refusePartial(files: LostMailFile[], domains: string[]) {
  for (const { file, summary } of files) {
    const left = domains.filter(domain => summary?.domains.length && !summary.domains.includes(domain))
    if (left.length > 0)
      throw new Failure(
        `Nothing was loaded: ${file} was scanned for ${summary?.domains.join(', ')} alone, and the incident ` +
          `concerns ${left.join(', ')} too. Scan again with all of them after --domain, or without it.`
      )
  }
}

/** @throws Failure when a file is another one than when it was inspected */
export async function refuseChanged(files: LostMailFile[]) {
  for (const { file, changedAt } of files)
    if ((await stat(file)).mtimeMs !== changedAt)
      throw new Failure(`Nothing was loaded: ${file} changed while it was read.`)
}
