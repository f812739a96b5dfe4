import { findLogs, readLog } from '../maillog/files.ts'
import { Failure } from '../terminal/failure.ts'

const longest = 64 * 1_024
const lineFeed = 10

/** Prints the lines of the logs that an evidence names: `file@offset+offset`, several files after semicolons. */
export async function showEvidence(evidence: string) {
  for (const part of evidence.split(';')) {
    const at = part.lastIndexOf('@')
    const offsets = part
      .slice(at + 1)
      .split('+')
      .map(Number)
    if (at < 1 || offsets.some(offset => !Number.isSafeInteger(offset)))
      throw new Failure(
        `--show: "${part}" is no evidence: it looks like mail.log@1234+5678, as in the lost-mail file.`
      )
    for (const offset of offsets) console.log(await lineAt(part.slice(0, at), offset))
  }
}

/** The line of a log that begins at a byte of its text. @throws Failure where none does */
export async function lineAt(name: string, offset: number): Promise<string> {
  const { logs, skipped } = await findLogs([name]).catch(error => {
    throw new Failure(`--show: ${(error as Error).message}`)
  })
  const log = logs[0]
  if (!log) throw new Failure(`--show: ${name} is no log: ${skipped[0]?.reason}.`)
  // With the byte before it, which ends another line, or is a NUL that a crash left.
  const before = Math.min(offset, 1)
  const begin = offset - before
  const start = log.compression === 'plain' ? begin : 0
  let passed = start
  let text = Buffer.alloc(0)
  for await (const chunk of readLog(log, { start })) {
    const from = Math.max(0, begin - passed)
    passed += chunk.length
    if (from >= chunk.length) continue
    text = Buffer.concat([text, chunk.subarray(from)])
    if (text.indexOf(lineFeed, before) !== -1 || text.length > longest) break
  }
  if (text.length <= before || (before > 0 && text[0] !== lineFeed && text[0] !== 0))
    throw new Failure(
      `--show: no line begins at byte ${offset} of ${name}. It may be another file by now: ` +
        `after a rotation its lines are in ${name}.1, say.`
    )
  const end = text.indexOf(lineFeed, before)
  return text.subarray(before, Math.min(end === -1 ? text.length : end, before + longest)).toString('utf8')
}
