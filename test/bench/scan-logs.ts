import { createReadStream, createWriteStream, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { writeMailLog } from '../../src/demo/mail-log.ts'
import type { LossKind } from '../../src/demo/mail-log-messages.ts'
import { rowOf } from './scan-truth.ts'

export const day = { from: '2017-04-13T00:00+09:00', to: '2017-04-14T00:00+09:00' }
export const evening = { from: '2017-04-13T20:06+09:00', to: '2017-04-13T22:25+09:00' }

export type Log = {
  file: string
  /** In megabytes of 1,000,000 bytes. */
  size: number
  /** The rows that a right scan finds, sorted. */
  lost: string[]
}

type Wanted = { host: string; seed: number; lines: number; kind: LossKind; longIds?: boolean }

/** The log of a host over a day; half of what came in the evening is lost. */
export async function makeLog(folder: string, { host, kind, ...others }: Wanted): Promise<Log> {
  const file = path.join(folder, `${host}.log`)
  const lost: string[] = []
  await writeMailLog({
    ...{ file, host, ...others },
    ...times(day),
    outage: { kind, part: 0.5, ...times(evening) },
    onLost: row => lost.push(rowOf(row))
  })
  return { file, size: statSync(file).size / 1e6, lost: lost.sort() }
}

function times({ from, to }: typeof day) {
  return { from: Date.parse(from), to: Date.parse(to) }
}

/** The same log as rotation leaves it, with the same time, which tells the year. */
export async function compress({ file }: Log): Promise<string> {
  const compressed = `${file}.gz`
  await pipeline(createReadStream(file), createGzip(), createWriteStream(compressed))
  const { mtime } = statSync(file)
  utimesSync(compressed, mtime, mtime)
  return compressed
}
