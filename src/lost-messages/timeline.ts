import { scaleLinear } from 'd3-scale'

type Bar = {
  from: Date
  to: Date
  messages: number
  x: number
  y: number
  width: number
  height: number
}
export type Timeline = { width: number; height: number; bars: Bar[]; ticks: { x: number; at: Date }[] }

const steps = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 604_800]
const width = 720
const height = 96

/** Seconds a bar stands for: the smallest round step that needs at most 48 bars. */
export function stepOf(startsAt: Date, endsAt: Date): number {
  const seconds = (endsAt.getTime() - startsAt.getTime()) / 1_000
  return steps.find(step => seconds / step <= 48) ?? seconds / 48
}

/** The window of an incident with its lost messages as bars; lengths in units of the drawing. */
export function drawTimeline(
  startsAt: Date,
  endsAt: Date,
  counts: { at: Date; messages: number }[]
): Timeline {
  const step = stepOf(startsAt, endsAt) * 1_000
  const x = scaleLinear([startsAt.getTime(), endsAt.getTime()], [0, width])
  const highest = Math.max(2, ...counts.map(({ messages }) => messages))
  const y = scaleLinear([0, highest], [0, height])
  const bars = counts.map(({ at, messages }) => {
    const to = new Date(Math.min(at.getTime() + step, endsAt.getTime()))
    const left = x(at)
    return {
      ...{ from: at, to, messages, x: left, y: height - y(messages) },
      ...{ width: Math.max(2, x(to) - left - 1), height: y(messages) }
    }
  })
  const marks = [0, 0.25, 0.5, 0.75, 1].map(
    part => startsAt.getTime() + part * (endsAt.getTime() - startsAt.getTime())
  )
  return { width, height, bars, ticks: marks.map(mark => ({ x: x(mark), at: new Date(mark) })) }
}
