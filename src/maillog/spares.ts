import { Attempt } from './attempt.ts'
import { Message } from './message.ts'

/** How many of each are kept. */
const most = 10_000

/** Messages and attempts to be used again: a log has millions, and to throw them away would cost as much as to read it. */
export class Spares {
  readonly #reuses: boolean
  readonly #messages: Message[] = []
  readonly #attempts: Attempt[] = []

  /** @param reuses whether any is used again; all are new ones, if not */
  constructor(reuses: boolean) {
    this.#reuses = reuses
  }

  /** To be begun. */
  message(): Message {
    return this.#messages.pop() ?? new Message()
  }

  /** To be filled. */
  attempt(): Attempt {
    return this.#attempts.pop() ?? new Attempt()
  }

  /** An attempt that nothing refers to any more. */
  giveBack(attempt: Attempt) {
    if (!this.#reuses || this.#attempts.length >= most) return
    attempt.child = undefined
    attempt.clear()
    this.#attempts.push(attempt)
  }

  /** A message at its end, with all that it was handed on in. What others may still refer to stays. */
  takeBack(root: Message) {
    if (!this.#reuses || this.#messages.length >= most || !isChain(root)) return
    for (let message: Message | undefined = root; message; ) {
      const child = childOf(message)
      for (const attempt of message.attempts) this.giveBack(attempt)
      this.#messages.push(message)
      message = child
    }
  }
}

/** Whether no more than one message was made of each, and that one is known: then nothing else refers to them. */
function isChain(message: Message): boolean {
  const child = childOf(message)
  return message.children === (child ? 1 : 0) && !message.made && (!child || isChain(child))
}

function childOf(message: Message): Message | undefined {
  if (message.children === 0) return undefined
  const child = message.attempts.find(attempt => attempt.child)?.child ?? message.notice
  return child?.parent === message ? child : undefined
}
