import { availableParallelism } from 'node:os'

/** Milliseconds that checking one password takes, of late. */
let usual: number | undefined

/** Each counts a little, so that one that was held up does not decide. */
export function noteCheck(milliseconds: number) {
  usual = usual === undefined ? milliseconds : 0.95 * usual + 0.05 * milliseconds
}

/** Passwords that this process checks in a second, all its cores together. */
export function checksPerSecond(): number {
  return (1_000 * availableParallelism()) / (usual ?? 50)
}
