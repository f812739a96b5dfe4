type Second = { lines: { at: number; line: string }[]; tasks: (() => void)[] }

/** What happens on a host, put in the order of its time. Times are milliseconds since 1970. */
export type Clock = {
  /** A line of the log; those of one millisecond stay in the order they came in. */
  log: (at: number, line: string) => void
  /** Does something as soon as the second of `at` begins. */
  later: (at: number, task: () => void) => void
  /** Begins a second: does what was left for it. Nothing may be added to earlier ones any more. */
  begin: (second: number) => void
  /** Ends it, and gives its lines. */
  end: (second: number) => string[]
  /** Whether nothing is to come. */
  isDone: () => boolean
}

export function newClock(): Clock {
  const seconds = new Map<number, Second>()
  let now = Number.NEGATIVE_INFINITY
  const secondOf = (at: number) => {
    const number = Math.floor(at / 1_000)
    // It would stay for ever, and the log would never end.
    if (number < now) throw new Error(`${new Date(at).toISOString()} is over`)
    let second = seconds.get(number)
    if (!second) {
      second = { lines: [], tasks: [] }
      seconds.set(number, second)
    }
    return second
  }
  return {
    log: (at, line) => secondOf(at).lines.push({ at, line }),
    later: (at, task) => secondOf(at).tasks.push(task),
    begin(second) {
      now = second
      for (const task of seconds.get(second)?.tasks ?? []) task()
    },
    end(second) {
      const { lines = [] } = seconds.get(second) ?? {}
      seconds.delete(second)
      return lines.sort((one, other) => one.at - other.at).map(({ line }) => line)
    },
    isDone: () => seconds.size === 0
  }
}
