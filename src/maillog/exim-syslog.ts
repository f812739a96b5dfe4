import type { Line } from './line.ts'
import type { Mark } from './message.ts'
import type { Queue } from './queue.ts'

type State = { parts: Map<string, { text: string; next: number; mark: Mark }>; last: string }
const states = new WeakMap<Queue, State>()

/**
 * What a line says. Syslog has long ones in parts, `[1/3] …`: nothing is said before the last. Those that end at
 * a line feed, `[1\\3] …`, are what the reject log says again.
 */
export function wholeOf(line: Line, queue: Queue): string | undefined {
  const said = line.rest(line.start)
  const [prefix, number, sign, count] = /^\[(\d+)(?:([/\\])(\d+))?\] /.exec(said) ?? []
  if (prefix === undefined) return said
  const rest = said.slice(prefix.length)
  if (sign === undefined) return rest
  const { parts } = stateOf(queue)
  const process = processOf(line)
  const before = number === '1' ? { text: '', next: 1, mark: line.mark } : parts.get(process)
  parts.delete(process)
  if (sign !== '/' || before?.next !== Number(number)) return undefined
  const text = before.text + rest
  line.mark = before.mark
  if (number === count) return text
  parts.set(process, { text, next: before.next + 1, mark: before.mark })
  return undefined
}

/** Whether syslog has the line twice, once of the main log and once of the reject log. */
export function isRepeated(line: Line, queue: Queue): boolean {
  const state = stateOf(queue)
  const whole = `${line.time} ${processOf(line)}${line.rest(line.start)}`
  const same = whole === state.last && processOf(line).endsWith(']: ')
  state.last = same ? '' : whole
  return same
}

function stateOf(queue: Queue): State {
  const known = states.get(queue) ?? { parts: new Map(), last: '' }
  states.set(queue, known)
  return known
}

/** `[PID]: `, with what stands before it. */
function processOf(line: Line): string {
  return line.cut(Math.max(0, line.start - 12), line.start)
}
