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

/** Posts in order, each channel by itself; nobody waits for it. */
export class Posts {
  readonly #queues: { channel: Channel; queue: PQueue; waiting: Post[] }[]
  readonly #tell: (problem: string) => void
  readonly #stop = new AbortController()

  /** @param tell is told what could not be posted */
  constructor(channels: Channel[], tell: (problem: string) => void) {
    this.#queues = channels.map(channel => ({ channel, queue: new PQueue({ concurrency: 1 }), waiting: [] }))
    this.#tell = tell
  }

  post(post: Post) {
    for (const { channel, queue, waiting } of this.#queues) {
      waiting.push(post)
      if (waiting.length <= waitingAtMost) queue.add(() => this.#deliver(channel, waiting.shift() as Post))
      else {
        const { subject } = waiting.shift() as Post
        this.#tell(`${channel.name}: more than ${waitingAtMost} alarms wait; "${subject}" is given up.`)
      }
    }
  }

  async #deliver({ name, send }: Channel, post: Post) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(post, AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeout)]))
      } catch (error) {
        const pause = pauses[attempt]
        const isOver = pause === undefined || this.#stop.signal.aborted
        const next = isOver ? 'It is given up' : `Again in ${pause / 1_000} s`
        this.#tell(`${name} did not take "${post.subject}": ${reasonOf(error)}. ${next}.`)
        if (isOver) return
        await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => {})
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
