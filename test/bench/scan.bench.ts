import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { lossKinds } from '../../src/demo/mail-log-messages.ts'
import { wrongRelay } from '../../src/demo/mail-log-ways.ts'
import { timePflogsumm, timeScan } from './scan-command.ts'
import { beginningOf, compress, day, evening, type Log, makeLog } from './scan-logs.ts'
import { compare, readRows } from './scan-truth.ts'

const lines = Number(process.env.LINES ?? 3_650_000)
const rounds = Number(process.env.ROUNDS ?? 3)
const pflogsummMegabytes = 100

export const description =
  `mypage scan of a day of mail log of ${lines} lines, whose lost mail is known, against pflogsumm on its ` +
  `first ${pflogsummMegabytes} MB; LINES=400000 for a small one`

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
    return summed(await measure(logs), await measureReference(logs.one), right, logs)
  } finally {
    clear()
    process.off('SIGINT', interrupted)
  }
}

type Row = { what: string; wanted: string; measured: string }

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
  return { what, wanted: 'no row false, none missed', measured }
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

/** Seconds; `rss` in MB. */
type Measured = { full: number; rss: number; both: number; gzip: number; part: number; right: Row[] }

async function measure({ one, other, compressed }: Logs): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let round = 1; round <= rounds; round++) {
    const full = await timeScan([one.file], day)
    const right = [await judged('lost in the whole log', full.out, [one])]
    const part = await timeScan([one.file], evening)
    right.push(await judged('the same, asked for the window', part.out, [one]))
    const gzip = await timeScan([compressed], day)
    right.push(await judged('the same, from .gz', gzip.out, [one]))
    const both = await timeScan([one.file, other.file], day)
    right.push(await judged('lost in the logs of two hosts', both.out, [one, other]))
    measured.push({
      ...{ full: full.seconds, rss: Math.max(full.rss, part.rss, gzip.rss) },
      ...{ both: both.seconds, gzip: gzip.seconds, part: part.seconds, right }
    })
  }
  return measured
}

/** MB/s of pflogsumm, once; undefined where it is not installed. */
async function measureReference(log: Log): Promise<number | undefined> {
  const megabytes = Math.min(log.size, pflogsummMegabytes)
  const seconds = await timePflogsumm(await beginningOf(log, megabytes))
  return seconds && megabytes / seconds
}

function summed(measured: Measured[], reference: number | undefined, right: Row[], { one, other }: Logs) {
  const middle = (value: (round: Measured) => number) => median(measured.map(value))
  const full = middle(round => round.full)
  const ours = one.size / full
  const ratio = reference === undefined ? null : ours / reference
  const twice = (one.size + other.size) / middle(round => round.both) / ours
  const table: Row[] = [
    row(`scan of ${one.size.toFixed(0)} MB`, '', `${ours.toFixed(0)} MB/s, ${full.toFixed(2)} s`),
    row('most memory', '', `${middle(round => round.rss)} MB`),
    row(
      'against pflogsumm',
      '≥ 8 times as fast',
      ratio === null
        ? 'pflogsumm is not there: apt-get install pflogsumm'
        : `${ratio.toFixed(1)} times ${reference?.toFixed(1)} MB/s`
    ),
    row('two logs of two hosts', '≥ 1.6 times as fast', `${twice.toFixed(2)} times`),
    row(
      'the same from .gz',
      '≤ 1.5 times as long',
      `${(middle(round => round.gzip) / full).toFixed(2)} times`
    ),
    row(
      '20:06 to 22:25 alone',
      '≤ 25 % of the time',
      `${((100 * middle(round => round.part)) / full).toFixed(0)} %`
    ),
    ...(measured.at(-1)?.right ?? []),
    ...right
  ]
  return { table, result: { name: 'scan', ours, reference: reference ?? null, ratio, unit: 'MB/s' } }
}

function row(what: string, wanted: string, measured: string): Row {
  return { what, wanted, measured }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
