import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { lossKinds } from '../../src/demo/mail-log-messages.ts'
import type { Alarm } from '../../src/watch/alarms.ts'
import { newNormal } from '../../src/watch/normal.ts'
import { findSources } from '../../src/watch/sources.ts'
import { takeTurns } from '../../src/watch/turns.ts'
import { Watch } from '../../src/watch/watch.ts'
import { titleOf } from '../../src/watch/words.ts'
import { logWithLoss, normalLog, outage, type WatchedLog, withoutLines } from './watch-logs.ts'

const lines = Number(process.env.LINES ?? 400_000)
const seeds = Number(process.env.SEEDS ?? 4)
const minute = 60_000
/** How long the outage of the reference case ran before anybody noticed, in minutes. */
const reference = 139
/** The watch waits as long for the last lines of a minute, in milliseconds. */
const lag = 5_000

export const description =
  `mypage watch: minutes from the first lost mail to the alarm, for each kind of loss, and false alarms on ` +
  `normal days, in generated logs of ${lines} lines a day; LINES and SEEDS change them`

type Row = { what: string; wanted: string; measured: string; alarm: string; 'MB/s': string }

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const clear = () => rmSync(folder, { recursive: true, force: true })
  const interrupted = () => {
    clear()
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  try {
    const losses = await measureLosses(folder)
    const table = [...losses.map(({ row }) => row), ...(await measureNormal(folder))]
    const slowest = Math.max(...losses.map(({ minutes }) => minutes))
    const ratio = reference / slowest
    return { table, result: { name: 'watch', ours: slowest, reference, ratio, unit: 'minutes to the alarm' } }
  } finally {
    clear()
    process.off('SIGINT', interrupted)
  }
}

/** Every kind of loss that hits half of all mail, and programs that stop. */
async function measureLosses(folder: string) {
  const measured: { row: Row; minutes: number }[] = []
  for (const [seed, kind] of lossKinds.entries()) {
    const log = await logWithLoss(folder, { name: kind, lines, seed, kind, part: 0.5 })
    measured.push(await measureLoss(`half of all mail lost by ${kind}`, log))
    if (kind === 'discard') {
      const stops = [
        ['deliveries stop', /: to=<|qmgr\[\d+\]: \w+: removed/],
        ['the queue manager stops', /qmgr\[|: to=</],
        ['the host falls silent', /^/]
      ] as const
      for (const [what, gone] of stops)
        measured.push(await measureLoss(what, await withoutLines(log, 'stopped', gone)))
    }
    rmSync(log.file)
  }
  const leak = await logWithLoss(folder, { name: 'leak', lines, seed: 9, kind: 'discard', part: 0.02 })
  const { row } = await measureLoss('one mail in fifty lost by discard', leak, 60)
  return [...measured, { row, minutes: 0 }]
}

async function measureLoss(what: string, log: WatchedLog, wanted = 5) {
  const { alarms, speed } = await watch(log)
  const early = alarms.filter(({ opened }) => opened < outage)
  const alarm = alarms.find(({ opened }) => opened >= outage)
  const minutes = alarm ? (alarm.opened + lag - log.firstLost) / minute : Number.POSITIVE_INFINITY
  const wrong = early.length > 0 ? `, ${early.length} false alarms before` : ''
  const measured = `${minutes.toFixed(1)} min${wrong}`
  const row = {
    what,
    wanted: `≤ ${wanted} min`,
    measured,
    alarm: alarm ? titleOf(alarm) : 'none',
    'MB/s': speed
  }
  return { row, minutes }
}

/** Two days each, the first learned as it goes; the last one is a small host. */
async function measureNormal(folder: string): Promise<Row[]> {
  const rows: Row[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const ofThis = seed === seeds ? Math.ceil(lines / 50) : lines
    const log = await normalLog(folder, { name: 'normal', seed: 100 + seed, lines: ofThis })
    const { alarms, speed } = await watch(log)
    for (const alarm of alarms) console.error(`false alarm: ${JSON.stringify(alarm)}`)
    const what = `two normal days of ${ofThis} lines, seed ${100 + seed}`
    const alarm = alarms.map(titleOf).join('; ')
    rows.push({ what, wanted: 'no alarm', measured: `${alarms.length} alarms`, alarm, 'MB/s': speed })
  }
  return rows
}

/** Runs a log through the watch as it would be read when it is written, as fast as it goes. */
async function watch({ file, end }: WatchedLog): Promise<{ alarms: Alarm[]; speed: string }> {
  const alarms: Alarm[] = []
  const watch = new Watch({
    ...{ once: false, rules: [], normal: newNormal(), open: [], closed: Number.NaN },
    describe: async () => ({ group: '', line: '', evidence: '' }),
    tell(alarm) {
      if (alarm.told === 1) alarms.push(alarm)
    },
    onMinute: () => {}
  })
  const began = performance.now()
  const asked = {
    names: [file],
    zone: 'Asia/Tokyo',
    host: undefined,
    year: undefined,
    newHost: watch.newHost,
    files: [],
    leftOut: new Set<string>()
  }
  const { sources } = await findSources({ ...asked, startOf: () => Number.NEGATIVE_INFINITY })
  const stop = new AbortController().signal
  await takeTurns({ watch, sources, once: true, stop, onTurn: async () => {} })
  // Where the log ends early, the clock goes on.
  for (let time = sources[0]?.time ?? end; time < end; time += minute) await watch.closeUpTo(time)
  await sources[0]?.close()
  const seconds = (performance.now() - began) / 1_000
  return { alarms, speed: (statSync(file).size / 1e6 / seconds).toFixed(0) }
}
