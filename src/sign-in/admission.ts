import { availableParallelism } from 'node:os'
import PQueue from 'p-queue'

/** Waiting logins beyond this are turned away at once: as many as the cores hash within the deadline. */
const longestQueue = 200
/** Milliseconds that a login may wait for its turn. */
const deadline = 5_000

const queue = new PQueue({ concurrency: availableParallelism() })

export type QueueState = { waiting: number; running: number }

/** Of this process, at this moment. */
export function queueState(): QueueState {
  return { waiting: queue.size, running: queue.pending }
}

/** Too many people are logging in at this moment; nothing was looked at. */
export class Busy extends Error {}

/**
 * Runs the costly part of a login when one of the cores is free.
 * @throws Busy when the queue is full, or the turn came later than 5 s
 */
export async function takeTurn<T>(work: () => Promise<T>): Promise<T> {
  if (queue.size >= longestQueue) throw new Busy()
  const latest = Date.now() + deadline
  return queue.add(() => {
    if (Date.now() > latest) throw new Busy()
    return work()
  })
}
