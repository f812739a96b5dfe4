import { readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second. */
const ticks = 100

/** Seconds of a core that a process and its children have had so far; NaN where the system does not tell (only Linux does). */
export function processorTime(pid: number | undefined): number {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + timeIn(child, 2), timeIn(pid, 4))
}

/** @param fields 2 for a process alone, 4 with those of its children that have ended */
function timeIn(pid: number | string | undefined, fields: number): number {
  const stat = read(`/proc/${pid}/stat`)
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const times = numbers.slice(11, 11 + fields).map(Number)
  return times.length === 0 ? Number.NaN : times.reduce((sum, time) => sum + time, 0) / ticks
}

/** Empty for a process that has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
