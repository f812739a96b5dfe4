import { type Attempt, attemptOf } from './attempt.ts'
import type { Line } from './line.ts'
import type { Message } from './message.ts'
import { noteAttempt } from './queue.ts'

/** Notes what was said of a recipient last. Its address is written in full as long as it is deferred. */
export function note(message: Message, attempt: Attempt) {
  const { owner } = attempt
  const waiting = message.attempts.filter(known => isWaiting(known.status) && known.owner === owner)
  const unrouted = ({ program, status }: Attempt) => program === 'exim/none' && isWaiting(status)
  if (unrouted(attempt) && !waiting.every(unrouted)) return
  const full = waiting.find(
    ({ to, program }) => program === attempt.program && to.startsWith(`${attempt.to}@`)
  )
  message.attempts = message.attempts.filter(
    known => known !== full && !(waiting.includes(known) && unrouted(known))
  )
  noteAttempt(message, attempt)
}

/**
 * The attempts of a message that is done: nothing waits any more. What was deferred went on under another name;
 * a recipient that was not spoken of was one twice, if its address is one that was delivered to.
 */
export function endedOf(attempts: Attempt[]): Attempt[] {
  const ended = attempts.filter(({ status }) => !isWaiting(status))
  return attempts.flatMap(attempt => {
    const { to, origTo, status } = attempt
    if (status === 'queued') {
      const twin = ended.find(other => other.to === to || to.startsWith(`${other.to}@`))
      return twin ? twin.of(to, origTo) : attempt
    }
    return status === 'deferred' && ended.some(({ owner }) => owner === attempt.owner) ? [] : attempt
  })
}

/** A recipient that was not tried yet. */
export function unheard(to: string, { time, mark }: Line): Attempt {
  const unsaid = { origTo: undefined, relay: '', dsn: '', reply: '' }
  return attemptOf({ to, ...unsaid }, { program: 'exim/none', status: 'queued', time, mark })
}

export function isWaiting(status: string): boolean {
  return status === 'queued' || status === 'deferred'
}

export function isFailure(status: string): boolean {
  return status === 'bounced' || status === 'expired'
}
