import { shapeOf } from '../maillog/groups.ts'
import { markBase } from '../maillog/message.ts'
import { lineAt } from '../scan/show.ts'
import type { Alarm } from './alarms.ts'
import type { Finding } from './detector.ts'
import { withoutSecrets } from './words.ts'

/**
 * Who took the mail, and a line that says so, without its secrets.
 * @param files by the number that marks have
 */
export async function describeExample(
  { example }: Finding,
  files: string[]
): Promise<Pick<Alarm, 'group' | 'line' | 'evidence'>> {
  if (!example) return { group: '', line: '', evidence: '' }
  const { program, relay, status, dsn, reply, mark, message } = example
  const group = [program, relay && `relay ${relay}`, status, dsn, shapeOf(reply)].filter(Boolean).join('  ')
  const number = Math.floor(mark / markBase)
  const offset = mark - number * markBase
  const name = files[number] ?? ''
  const line = await lineAt(name, offset).catch(() => '')
  // After a rotation another line may stand there.
  const isIt = line.includes(message.id)
  return {
    group: withoutSecrets(group),
    line: isIt ? withoutSecrets(line) : '',
    evidence: isIt ? `${name}@${offset}` : ''
  }
}
