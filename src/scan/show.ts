import { findLogs, readLog } from '../maillog/files.ts'
import { Failure } from '../terminal/failure.ts'

const longest = 64 * 1_024

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

/** The line of a log that begins at a byte of its text. */
export async function lineAt(name: string, offset: number): Promise<string> {
  const { logs, skipped } = await findLogs([name]).catch(error => {
    throw new Failure(`--show: ${(error as Error).message}`)
  })
  const log = logs[0]
  if (!log) throw new Failure(`--show: ${name} is no log: ${skipped[0]?.reason}.`)
  const start = log.compression === 'plain' ? offset : 0
  let passed = start
  let text = Buffer.alloc(0)
  for await (const chunk of readLog(log, { start })) {
    const from = Math.max(0, offset - passed)
    passed += chunk.length
    if (from >= chunk.length) continue
    text = Buffer.concat([text, chunk.subarray(from)])
    const end = text.indexOf(10)
    if (end !== -1) return text.subarray(0, Math.min(end, longest)).toString('utf8')
    if (text.length > longest) break
  }
  if (text.length === 0)
    throw new Failure(`--show: ${name} ends before byte ${offset}: is it another file by now?`)
  return text.subarray(0, longest).toString('utf8')
}
