import { availableParallelism } from 'node:os'

/** Of as many the one in the middle counts: what was held up does not decide. */
const kept = 21
/** Milliseconds that checking a password took, of late. */
const taken: number[] = []

export function noteCheck(milliseconds: number) {
  taken.push(milliseconds)
  if (taken.length > kept) taken.shift()
}

/** Passwords that this process checks in a second, all its cores together; undefined where too few tell. */
export function checksPerSecond(): number | undefined {
  const middle = taken.toSorted((one, other) => one - other)[Math.floor(taken.length / 2)]
  return taken.length < 5 || middle === undefined ? undefined : (1_000 * availableParallelism()) / middle
}
