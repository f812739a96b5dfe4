import { once } from 'node:events'
import { createWriteStream, readFileSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { writeMailLog } from '../../src/demo/mail-log.ts'
import type { LossKind } from '../../src/demo/mail-log-messages.ts'

const day = 86_400_000
/** The evening of the reference case; the day before it is normal. */
export const outage = Date.parse('2017-04-13T20:06+09:00')
const start = Date.parse('2017-04-12T20:06+09:00')
const end = outage + 30 * 60_000

export type WatchedLog = { file: string; firstLost: number; end: number }

type Wanted = { name: string; seed: number; lines: number }

/** A normal day, and then half an hour in which a part of all mail is lost. */
export async function logWithLoss(
  folder: string,
  { name, lines, seed, kind, part }: Wanted & { kind: LossKind; part: number }
): Promise<WatchedLog> {
  const file = path.join(folder, `${name}.log`)
  let firstLost = Number.POSITIVE_INFINITY
  await writeMailLog({
    ...{ file, host: 'mx1', seed, from: start, to: end },
    lines: Math.round((lines * (end - start)) / day),
    outage: { kind, part, from: outage, to: end },
    onLost: ({ receivedAt }) => (firstLost = Math.min(firstLost, receivedAt))
  })
  return { file, firstLost, end }
}

/** Two normal days. */
export async function normalLog(folder: string, { name, lines, seed }: Wanted): Promise<WatchedLog> {
  const file = path.join(folder, `${name}.log`)
  const to = start + 2 * day
  await writeMailLog({ ...{ file, host: 'mx1', seed, from: start, to }, lines: 2 * lines })
  return { file, firstLost: Number.NaN, end: to }
}

/** The same without some lines of the outage, as when programs stop. */
export async function withoutLines(log: WatchedLog, name: string, gone: RegExp): Promise<WatchedLog> {
  const file = path.join(path.dirname(log.file), `${name}.log`)
  const output = createWriteStream(file)
  const text = readFileSync(log.file, 'latin1')
  const from = text.indexOf('\nApr 13 20:06') + 1
  output.write(text.slice(0, from), 'latin1')
  const left = text
    .slice(from)
    .split('\n')
    .filter(line => !gone.test(line))
  output.end(left.join('\n'), 'latin1')
  await once(output, 'close')
  const { mtime } = statSync(log.file)
  utimesSync(file, mtime, mtime)
  return { file, firstLost: outage, end }
}
