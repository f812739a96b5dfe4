import { scaleBand, scaleLinear } from 'd3-scale'
import type { What } from '../operations/activity.ts'
import type { Count } from './queries.ts'

type Bar = { at: Date; count: number; x: number; y: number; width: number; height: number }
/** Lengths in units of the drawing. `last` is the count of the minute that is not over yet. */
export type Chart = {
  what: What
  width: number
  height: number
  bars: Bar[]
  ticks: { x: number; at: Date; anchor: 'start' | 'middle' | 'end' }[]
  highest: number
  total: number
  last: number
}

const [width, height] = [360, 72]
const minute = 60_000
const minutes = 60

/** One kind of what happened, by the minute, up to the minute of `now`. */
export function drawChart(what: What, counts: Count[], now: Date): Chart {
  const end = Math.floor(now.getTime() / minute) * minute
  const times = Array.from({ length: minutes }, (_, at) => end - (minutes - 1 - at) * minute)
  const known = new Map(
    counts.filter(count => count.what === what).map(({ minute: at, count }) => [at.getTime(), count])
  )
  const values = times.map(time => known.get(time) ?? 0)
  const highest = Math.max(...values)
  const x = scaleBand(times, [0, width]).paddingInner(0.2)
  const y = scaleLinear([0, Math.max(highest, 4)], [0, height])
  const bars = times.map((time, at) => {
    const count = values[at] ?? 0
    const place = { x: x(time) ?? 0, y: height - y(count), width: x.bandwidth(), height: y(count) }
    return { at: new Date(time), count, ...place }
  })
  return {
    ...{ what, width, height, highest, last: values.at(-1) ?? 0 },
    bars: bars.filter(({ count }) => count > 0),
    ticks: [
      { x: 0, at: new Date(times[0] ?? end), anchor: 'start' },
      { x: width / 2, at: new Date(times[minutes / 2] ?? end), anchor: 'middle' },
      { x: width, at: new Date(end), anchor: 'end' }
    ],
    total: values.reduce((sum, count) => sum + count, 0)
  }
}
