import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'

/** How long one attempt may take, and how long to wait after each that failed, in milliseconds. */
const timeout = 10_000
const pauses = [1_000, 5_000, 30_000, 120_000]
/** Posts that wait while the other side is away; of more the oldest are given up. */
const waitingAtMost = 100

export type Post = { subject: string; text: string; alarm: object }

/** Where alarms are posted to. `send` rejects when it did not work. */
export type Channel = { name: string; send: (post: Post, signal: AbortSignal) => Promise<void> }

type Queue = {
  channel: Channel
  queue: PQueue
  waiting: Post[]
  /** Ends a pause: there is news, which is not to wait for as long as what is old. */
  hurry: AbortController
}

/** Posts in order, each channel by itself; nobody waits for it. */
export class Posts {
  readonly #queues: Queue[]
  readonly #tell: (problem: string) => void
  readonly #stop = new AbortController()

  /** @param tell is told what could not be posted */
  constructor(channels: Channel[], tell: (problem: string) => void) {
    this.#queues = channels.map(channel => ({
      ...{ channel, queue: new PQueue({ concurrency: 1 }), waiting: [], hurry: new AbortController() }
    }))
    this.#tell = tell
  }

  post(post: Post) {
    for (const own of this.#queues) {
      const { channel, queue, waiting } = own
      own.hurry.abort()
      own.hurry = new AbortController()
      waiting.push(post)
      if (waiting.length <= waitingAtMost) queue.add(() => this.#deliver(own, waiting.shift() as Post))
      else {
        const { subject } = waiting.shift() as Post
        this.#tell(`${channel.name}: more than ${waitingAtMost} alarms wait; "${subject}" is given up.`)
      }
    }
  }

  async #deliver(own: Queue, post: Post) {
    const { name, send } = own.channel
    for (let attempt = 0; ; ) {
      try {
        return await send(post, AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeout)]))
      } catch (error) {
        const pause = pauses[attempt]
        const isOver = pause === undefined || this.#stop.signal.aborted
        const next = isOver ? 'It is given up' : `Again in ${pause / 1_000} s`
        this.#tell(`${name} did not take "${post.subject}": ${reasonOf(error)}. ${next}.`)
        if (isOver) return
        const { signal } = own.hurry
        const ends = { signal: AbortSignal.any([this.#stop.signal, signal]) }
        await sleep(pause, undefined, ends).catch(() => {})
        if (!signal.aborted) attempt++
      }
    }
  }

  /** Waits for what is under way, but not for long. */
  async end(milliseconds: number) {
    const idle = Promise.all(this.#queues.map(({ queue }) => queue.onIdle()))
    await Promise.race([idle, sleep(milliseconds, undefined, { ref: false })])
    this.#stop.abort()
    for (const { queue } of this.#queues) queue.clear()
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return (cause as Error | undefined)?.message ?? message
}
