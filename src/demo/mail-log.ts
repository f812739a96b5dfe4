import { open } from 'node:fs/promises'
import { type GivenMail, handOverGiven } from './mail-log-given.ts'
import { type Host, type LostMail, newHost } from './mail-log-host.ts'
import type { LossKind } from './mail-log-messages.ts'
import { makePeople } from './mail-log-people.ts'
import { timestamp } from './mail-log-time.ts'
import { makeTraffic, type Outage } from './mail-log-traffic.ts'
import { seededRandom } from './random.ts'

export type MailLogOptions = {
  file: string
  host: string
  seed: number
  /** When mail comes in, in milliseconds since 1970, whole seconds; the log ends when it is delivered. */
  from: number
  to: number
  /** About how many lines there are, beside those of given mail. */
  lines: number
  longIds?: boolean
  /** How mail is lost of all that comes in. */
  outage?: Outage | undefined
  /** Mail that is lost besides, in the order of its times, none before the second after `from`. */
  given?: { kind: LossKind; mail: Iterable<GivenMail> }
  onLost?: (lost: LostMail) => void
}

const chunkLength = 1 << 20

/**
 * Writes the log of a Postfix host as it would be, with a known loss of mail: the same bytes from the
 * same options. It is written as it is made, in flat memory. The file's time is that of its last line,
 * which tells the year, as with real logs.
 */
export async function writeMailLog({
  file,
  host: name,
  seed,
  onLost = () => {},
  ...options
}: MailLogOptions) {
  const random = seededRandom(seed)
  const host = newHost({ name, random, tellLost: onLost, longIds: options.longIds ?? false })
  const output = await open(file, 'w')
  try {
    let chunk = ''
    let last = 0
    for (const { second, lines } of secondsOf(host, options)) {
      if (lines.length === 0) continue
      const start = `${timestamp(second)} ${name} `
      chunk += `${start}${lines.join(`\n${start}`)}\n`
      last = second
      if (chunk.length < chunkLength) continue
      await output.appendFile(chunk)
      chunk = ''
    }
    await output.appendFile(chunk)
    await output.utimes(last, last)
  } finally {
    await output.close()
  }
}

function* secondsOf(
  host: Host,
  { from, to, lines, outage, given }: Omit<MailLogOptions, 'file' | 'host' | 'seed'>
) {
  const people = makePeople(host.random)
  const arrive = makeTraffic(host, people, { from, to, lines, outage })
  const handOver = given && handOverGiven(host, given)
  for (let second = from / 1_000; second < to / 1_000 || !host.isDone(); second++) {
    host.begin(second)
    // Mail is accepted in the second after the one in which its session begins.
    if (second < to / 1_000 - 1) arrive(second)
    handOver?.(second)
    yield { second, lines: host.end(second) }
  }
}
