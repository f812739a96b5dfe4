import { setTimeout as sleep } from 'node:timers/promises'
import type { Source } from './source.ts'
import type { Watch } from './watch.ts'

/** How often files are looked at, in milliseconds. */
const pause = 250

export type Turning = {
  watch: Watch
  sources: Source[]
  /** Whether to end with the logs, instead of waiting for what they will have. */
  once: boolean
  stop: AbortSignal
  /** All has been read for now. */
  onTurn: () => Promise<void>
}

/** Reads all logs as they are written, those of one time together, until it is stopped. */
export async function takeTurns({ watch, sources, once, stop, onTurn }: Turning) {
  while (!stop.aborted) {
    await readAll(watch, sources, stop)
    if (stop.aborted) return
    // While the logs are silent, time goes on all the same, from their last line.
    const times = sources.map(({ time, came }) => time + (once ? 0 : performance.now() - came))
    await watch.closeUpTo(Math.max(...times.filter(time => !Number.isNaN(time))))
    await onTurn()
    if (once) return
    await sleep(pause, undefined, { signal: stop }).catch(() => {})
  }
}

/** The log that is behind the others comes first: a minute is over when all have passed it. */
async function readAll(watch: Watch, sources: Source[], stop: AbortSignal) {
  const behind = new Set(sources)
  while (behind.size > 0 && !stop.aborted) {
    const last = [...behind].reduce((one, other) => (one.time > other.time || isUnread(other) ? other : one))
    if (!(await last.step())) behind.delete(last)
    else await watch.closeUpTo(Math.min(...[...behind].map(({ time }) => time)))
  }
}

function isUnread({ time }: Source): boolean {
  return Number.isNaN(time)
}
