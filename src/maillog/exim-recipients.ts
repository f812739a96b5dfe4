import type { Line } from './line.ts'
import type { Attempt, Message } from './message.ts'
import { noteAttempt } from './queue.ts'

/** Notes what was said of a recipient last. Its address is written in full as long as it is deferred. */
export function note(message: Message, attempt: Attempt) {
  const owner = ownerOf(attempt)
  const waiting = message.attempts.filter(known => isWaiting(known.status) && ownerOf(known) === owner)
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
      return twin ? { ...twin, to, origTo } : attempt
    }
    return status === 'deferred' && ended.some(other => ownerOf(other) === ownerOf(attempt)) ? [] : attempt
  })
}

/** A recipient that was not tried yet. */
export function unheard(to: string, { time, mark }: Line): Attempt {
  const unsaid = { origTo: undefined, program: 'exim/none', relay: '', dsn: '', reply: '', child: undefined }
  return { to, ...unsaid, status: 'queued', time, mark }
}

/** The address that the message came for. */
export function ownerOf({ to, origTo }: Attempt): string {
  return origTo ?? to
}

export function isWaiting(status: string): boolean {
  return status === 'queued' || status === 'deferred'
}

export function isFailure(status: string): boolean {
  return status === 'bounced' || status === 'expired'
}
