import { readFile } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { timeReader } from '../incidents/time.ts'
import { Failure } from '../terminal/failure.ts'
import { shown } from './lost-mail.ts'

/** Milliseconds since 1970. */
export type Span = { from: number; to: number }

/** What a scan read: the window in which it looked for lost mail, and of each host which lines. */
export type Summary = {
  window: Span
  hosts: { host: string; lines: number; read: Span; gaps: (Span & { reason: string })[] }[]
  /** Recipients whose mail was lost too, but whom no line of the logs names. */
  unnamed: number
  /** Recipients whose mail was still waiting when the logs ended. */
  pending: number
  /** Only lost mail of these domains is in the file; of all when empty. */
  domains: string[]
}

/** A file may say more. Times are in ISO 8601 with their offset. */
const Written = Type.Object({
  window: Type.Object({ from: Type.String(), to: Type.String() }),
  domains: Type.Optional(Type.Array(Type.String())),
  lost_mail: Type.Object({ sha256: Type.String() }),
  totals: Type.Optional(
    Type.Object({
      lost_unnamed: Type.Optional(Type.Integer({ minimum: 0 })),
      classes: Type.Optional(
        Type.Object({ pending: Type.Optional(Type.Record(Type.String(), Type.Integer())) })
      )
    })
  ),
  hosts: Type.Array(
    Type.Object({
      host: Type.String({ minLength: 1 }),
      first: Type.String(),
      last: Type.String(),
      lines: Type.Integer({ minimum: 0 }),
      gaps: Type.Array(Type.Object({ from: Type.String(), to: Type.String(), reason: Type.String() }))
    })
  )
})

/**
 * @param of the lost-mail file that it has to be of
 * @throws Failure when it cannot be used, or belongs to another lost-mail file
 */
export async function readSummary(file: string, of: { lostMail: string; sha256: string }): Promise<Summary> {
  const written = await readJson(file)
  const { version } = Object(written) as { version?: unknown }
  if (version !== 1) throw new Failure(`${file} is no summary of version 1, which is needed.`)
  if (!Value.Check(Written, written)) throw broken(file, firstMistake(written))
  if (written.lost_mail.sha256.toLowerCase() !== of.sha256)
    throw new Failure(
      `${file} belongs to another file than ${of.lostMail}: its SHA-256 is not the one told. ` +
        'Scan again, or load the two files as the scan wrote them.'
    )
  return toSummary(file, written)
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw broken(file, (error as Error).message)
  }
}

function broken(file: string, why: string): Failure {
  return new Failure(`The summary ${file} cannot be used: ${why}`)
}

function firstMistake(written: unknown): string {
  const [mistake] = Value.Errors(Written, written)
  return `${mistake?.instancePath.slice(1).replaceAll('/', '.')} ${mistake?.message}`
}

function toSummary(file: string, { window, hosts, totals, domains = [] }: Static<typeof Written>): Summary {
  return {
    window: readSpan(window),
    unnamed: totals?.lost_unnamed ?? 0,
    pending: Object.values(totals?.classes?.pending ?? {}).reduce((sum, count) => sum + count, 0),
    domains,
    hosts: hosts.map(({ host, first, last, lines, gaps }) => ({
      host: shown(host),
      lines,
      read: readSpan({ from: first, to: last }),
      gaps: gaps.map(gap => ({ ...readSpan(gap), reason: shown(gap.reason) }))
    }))
  }

  function readSpan(span: { from: string; to: string }): Span {
    const [from, to] = [readTime(span.from), readTime(span.to)]
    if (from > to) throw broken(file, `${span.from} is after ${span.to}`)
    return { from, to }
  }

  function readTime(text: string): number {
    const read = timeReader('UTC')(text)
    if ('problem' in read) throw broken(file, read.problem)
    return read.time.getTime()
  }
}
