import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { lossKinds } from '../../src/demo/mail-log-messages.ts'
import { wrongRelay } from '../../src/demo/mail-log-ways.ts'
import { timePflogsumm, timeScan } from './scan-command.ts'
import { compress, day, evening, type Log, makeLog } from './scan-logs.ts'
import { compare, readRows } from './scan-truth.ts'

const lines = Number(process.env.LINES ?? 3_650_000)
const rounds = Number(process.env.ROUNDS ?? 3)

export const description =
  `mypage scan of a day of mail log of ${lines} lines, whose lost mail is known, against pflogsumm on the same; ` +
  'LINES=400000 for a small one'

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const clear = () => rmSync(folder, { recursive: true, force: true })
  const interrupted = () => {
    clear()
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  try {
    const right = await measureTruth(folder)
    const logs = await makeLogs(folder)
    const measured = await measure(logs)
    return summed(measured, { twice: await measureTwice(logs), right, logs })
  } finally {
    clear()
    process.off('SIGINT', interrupted)
  }
}

/** Measured by the clock, and by the time of the cores, which a busy machine does not blur. */
type Row = { what: string; wanted: string; measured: string; 'by core time': string }

/** Each kind of loss, with short queue IDs and long ones, in a smaller log. */
async function measureTruth(folder: string): Promise<Row[]> {
  const rules = path.join(folder, 'rules.yaml')
  const times = `from: '${evening.from}', to: '${evening.to}'`
  writeFileSync(rules, `lost:\n  - { relay: ${wrongRelay}, ${times} }\n  - { file: /dev/null, ${times} }\n`)
  const right: Row[] = []
  for (const kind of lossKinds) {
    const [short, long] = [false, true].map(longIds => {
      const wanted = { host: `mx-${longIds}`, seed: 3, lines: Math.ceil(lines / 20), kind, longIds }
      return makeLog(folder, wanted)
    }) as [Promise<Log>, Promise<Log>]
    const logs = await Promise.all([short, long])
    const files = logs.map(({ file }) => file)
    const { out } = await timeScan(files, day, rules)
    right.push(await judged(`lost by ${kind}, in two logs`, out, logs))
  }
  return right
}

/** What was found against the truth; the first wrong row and the first missed one are shown. */
async function judged(what: string, out: string, logs: Log[]): Promise<Row> {
  const truth = logs.flatMap(({ lost }) => lost).sort()
  const { wrong, missed } = compare(await readRows(out), truth)
  for (const row of wrong.slice(0, 3)) console.error(`${what}: not true: ${row}`)
  for (const row of missed.slice(0, 3)) console.error(`${what}: missed: ${row}`)
  const measured = `of ${truth.length}: ${wrong.length} false, ${missed.length} missed`
  return row(what, 'no row false, none missed', [measured])
}

type Logs = { one: Log; other: Log; compressed: string }

async function makeLogs(folder: string): Promise<Logs> {
  const one = await makeLog(folder, { host: 'mx1', seed: 1, lines, kind: 'discard' })
  const [compressed, other] = await Promise.all([
    compress(one),
    makeLog(folder, { host: 'mx2', seed: 2, lines, kind: 'discard' })
  ])
  return { one, other, compressed }
}

type Took = Awaited<ReturnType<typeof timeScan>>
type Measured = { full: Took; part: Took; gzip: Took; both: Took; reference: Pflogsumm; right: Row[] }
type Pflogsumm = Awaited<ReturnType<typeof timePflogsumm>>

async function measure({ one, other, compressed }: Logs): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let round = 1; round <= rounds; round++) {
    // One right after the other: what else the machine does changes from minute to minute.
    const reference = await timePflogsumm(one.file)
    const full = await timeScan([one.file], day)
    const right = [await judged('lost in the whole log', full.out, [one])]
    const part = await timeScan([one.file], evening)
    right.push(await judged('the same, asked for the window', part.out, [one]))
    const gzip = await timeScan([compressed], day)
    right.push(await judged('the same, from .gz', gzip.out, [one]))
    const both = await timeScan([one.file, other.file], day)
    right.push(await judged('lost in the logs of two hosts', both.out, [one, other]))
    measured.push({ full, part, gzip, both, reference, right })
  }
  return measured
}

/** How much more two pflogsumm read at the same time: what the second core of this machine gives at the best. */
async function measureTwice({ one, other }: Logs): Promise<number> {
  const alone = await timePflogsumm(one.file)
  const both = await Promise.all([one, other].map(({ file }) => timePflogsumm(file)))
  return (2 * (alone?.seconds ?? 0)) / Math.max(...both.map(each => each?.seconds ?? 0))
}

type Summed = { twice: number; right: Row[]; logs: Logs }

function summed(measured: Measured[], { twice, right, logs: { one, other } }: Summed) {
  const middle = (which: 'full' | 'part' | 'gzip' | 'both', value: 'seconds' | 'cores' | 'rss') =>
    median(measured.map(round => round[which][value]))
  const speedOf = (value: 'seconds' | 'cores') => one.size / middle('full', value)
  const longer = (which: 'part' | 'gzip', value: 'seconds' | 'cores') =>
    `${((100 * middle(which, value)) / middle('full', value)).toFixed(0)} %`
  const both = (one.size + other.size) / middle('both', 'seconds')
  const references = measured.flatMap(({ reference }) => reference ?? [])
  const referenceOf = (value: 'seconds' | 'cores') => one.size / median(references.map(each => each[value]))
  const isThere = references.length > 0
  const ratioOf = (value: 'seconds' | 'cores') => speedOf(value) / referenceOf(value)
  const table: Row[] = [
    row(`scan of ${one.size.toFixed(0)} MB`, '≥ 180 MB/s a core', [
      perSecond(speedOf('seconds')),
      perSecond(speedOf('cores'))
    ]),
    row('most memory', '≤ 256 MB', [`${middle('full', 'rss')} MB`]),
    row(
      `against pflogsumm${isThere ? `, ${perSecond(referenceOf('seconds'))}` : ''}`,
      '≥ 8 times as fast',
      isThere
        ? [times(ratioOf('seconds')), times(ratioOf('cores'))]
        : ['it is not there: apt-get install pflogsumm']
    ),
    row(
      `two logs of two hosts${isThere ? `; two pflogsumm at once: ${times(twice)}` : ''}`,
      '≥ 1.6 times as fast',
      // One log alone has more than a core: it is hashed, and what reads it is compiled, beside.
      [times(both / speedOf('seconds')), times(both / speedOf('cores'))]
    ),
    row('the same from .gz', '≤ 150 % of the time', [longer('gzip', 'seconds'), longer('gzip', 'cores')]),
    row('20:06 to 22:25 alone', '≤ 25 % of the time', [longer('part', 'seconds'), longer('part', 'cores')]),
    ...(measured.at(-1)?.right ?? []),
    ...right
  ]
  const [reference, ratio] = isThere ? [referenceOf('seconds'), ratioOf('seconds')] : [null, null]
  return { table, result: { name: 'scan', ours: speedOf('seconds'), reference, ratio, unit: 'MB/s' } }
}

function perSecond(megabytes: number): string {
  return `${megabytes.toFixed(0)} MB/s`
}

function times(ratio: number): string {
  return `${ratio.toFixed(1)} times`
}

function row(what: string, wanted: string, [measured, byCoreTime = '']: [string, string?]): Row {
  return { what, wanted, measured, 'by core time': byCoreTime }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
