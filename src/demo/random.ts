/** Gives numbers from 0 up to, but not including, 1. */
export type Random = () => number

/**
 * The same numbers from the same seed on every machine (mulberry32). What is made from them uses
 * + − × ÷ and square roots alone, which IEEE 754 rounds in one way; powers and logarithms may differ.
 */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number, `from` and `to` included. */
export function whole(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1))
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T
}

/** The first ones of a list far more often than the last. */
export function pickEarly<T>(random: Random, list: readonly T[]): T {
  const part = random()
  return list[Math.floor(part * part * list.length)] as T
}

/** A whole number of at least 1 whose chance falls with its power 1.6, cut at `most` (Pareto). */
export function longTail(random: Random, most: number): number {
  const part = 1 - random()
  const eighth = Math.sqrt(Math.sqrt(Math.sqrt(part)))
  return Math.min(most, Math.floor(1 / (Math.sqrt(part) * eighth)))
}

export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const mixed = [...list]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = whole(random, 0, at)
    ;[mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T]
  }
  return mixed
}
