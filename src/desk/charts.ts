import { scaleLinear } from 'd3-scale'
import type { Coverage, CoverageGap } from '../database/tables.ts'

type Window = { starts_at: Date; ends_at: Date }
type Bar = { from: Date; to: Date; messages: number; x: number; y: number; width: number; height: number }

const width = 720
const height = 96
const minute = 60_000
/** Minutes that a bar may stand for; what is counted are five. */
const steps = [5, 10, 15, 30, 60, 120, 360, 720, 1_440, 10_080]
const mostBars = 150

/** Lost messages by five minutes, or by more where a window has too many of them; the drawing's own units. */
export function drawIntervals({ starts_at, ends_at }: Window, rows: { at: Date; lost_messages: number }[]) {
  const span = ends_at.getTime() - starts_at.getTime()
  const minutes = steps.find(step => span / minute / step <= mostBars) ?? 10_080
  const step = minutes * minute
  const sums = new Map<number, number>()
  for (const { at, lost_messages } of rows) {
    const slot = Math.floor(at.getTime() / step) * step
    sums.set(slot, (sums.get(slot) ?? 0) + lost_messages)
  }
  const x = scaleLinear([starts_at.getTime(), ends_at.getTime()], [0, width])
  const y = scaleLinear([0, Math.max(2, ...sums.values())], [0, height])
  const bars = [...sums].map(([slot, messages]): Bar => {
    const from = Math.max(slot, starts_at.getTime())
    const to = Math.min(slot + step, ends_at.getTime())
    return {
      ...{ from: new Date(from), to: new Date(to), messages, x: x(from), y: height - y(messages) },
      ...{ width: Math.max(1.5, x(to) - x(from) - 1), height: y(messages) }
    }
  })
  return { width, height, minutes, bars, ticks: ticksOf({ starts_at, ends_at }) }
}

export type HostBar = { host: string | undefined; gaps: { x: number; width: number }[] }

/** The window as one bar a host, with its gaps; gaps that were told for all logs are in every bar. */
export function drawCoverage({ starts_at, ends_at }: Window, { gaps, hosts = [] }: Coverage) {
  const x = scaleLinear([starts_at.getTime(), ends_at.getTime()], [0, width]).clamp(true)
  const names = new Set([...hosts.map(({ host }) => host), ...gaps.flatMap(({ host }) => host ?? [])])
  const of = (host: string | undefined): HostBar => ({
    host,
    gaps: gaps.filter(gap => gap.host === undefined || gap.host === host).map(drawGap)
  })
  const bars = names.size > 0 ? [...names].map(of) : [of(undefined)]
  return { width, height: 24, bars: bars.slice(0, mostHosts), ticks: ticksOf({ starts_at, ends_at }) }

  function drawGap({ from, to }: CoverageGap) {
    const [left, right] = [x(Date.parse(from)), x(Date.parse(to))]
    return { x: Math.min(left, width - 2), width: Math.max(2, right - left) }
  }
}

/** A page shows no more bars than somebody can look through; the table under them has all hosts with gaps. */
const mostHosts = 40

function ticksOf({ starts_at, ends_at }: Window) {
  const span = ends_at.getTime() - starts_at.getTime()
  return [0, 0.25, 0.5, 0.75, 1].map(part => ({
    x: part * width,
    at: new Date(starts_at.getTime() + part * span)
  }))
}
