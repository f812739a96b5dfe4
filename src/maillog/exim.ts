import { type Attempt, attemptOf } from './attempt.ts'
import { type About, heardOf, readFate } from './exim-fate.ts'
import { arrivalOf, deliveryOf, refusalOf, subjectOf } from './exim-lines.ts'
import { isFailure, note, unheard } from './exim-recipients.ts'
import { isRepeated, wholeOf } from './exim-syslog.ts'
import type { Line, Reading, Unqueued } from './line.ts'
import { handOn, type Message } from './message.ts'
import { noteAttempt, type Queue } from './queue.ts'

/** Takes in a line of Exim's main log without its time: `ID <= …`, `ID => …`, `ID Completed` and the like. */
export function readExim(line: Line, queue: Queue): Reading | Unqueued {
  const said = wholeOf(line, queue)
  if (said === undefined) return 'ignored'
  const subject = subjectOf(said)
  if (!subject) {
    const refused = refusalOf(said)
    if (!refused || isRepeated(line, queue)) return 'ignored'
    return { ...refused, time: line.time, mark: line.mark }
  }
  const { id, rest } = subject
  const known = queue.find(id)
  if (/^[<(]= /.test(rest)) return readArrival(line, queue, { id, rest })
  if (known?.closed) return 'ignored'
  if (/^(?:=>|->|>>|\*>|\*\*|==) (?!(?:blackhole|discarded) \()/.test(rest))
    return readDelivery(line, queue, { message: known ?? queue.about(id, line.time, line.mark), rest })
  return known ? readFate(line, queue, { message: known, rest }) : 'ignored'
}

function readArrival(line: Line, queue: Queue, { id, rest }: { id: string; rest: string }): Reading {
  const { sender, parent, size, messageId, again, recipients } = arrivalOf(rest)
  const before = queue.find(id)
  // A delivery that was made while the message came in is told before its arrival.
  const message =
    before && !(before.accepted > 0) && !before.closed ? before : queue.open(id, line.time, line.mark)
  message.accepted = message.lastSeen = line.time
  message.acceptedMark = line.mark
  Object.assign(message, { sender, size, messageId })
  message.sole = recipients.length === 1 ? recipients[0] : undefined
  // Where they are not told there is one at least.
  message.nrcpt = Math.max(1, recipients.length)
  for (const to of recipients)
    if (!message.attempts.some(({ owner }) => owner === to)) noteAttempt(message, unheard(to, line))
  if (again) {
    message.made = true
    queue.made(message)
  }
  const failed = parent !== undefined && sender === '' ? queue.find(parent) : undefined
  if (failed && hasUntold(failed) && handOn(failed, message)) failed.notice = message
  return 'read'
}

/** Warnings and automatic answers refer to a message as bounces do; a bounce comes right after the failure. */
function hasUntold({ notice, attempts, fate }: Message): boolean {
  const told = notice?.mark ?? -1
  return (
    attempts.some(({ status, mark }) => isFailure(status) && mark > told) ||
    (fate?.kind === 'cancelled' && fate.mark > told)
  )
}

function readDelivery(line: Line, queue: Queue, { message, rest }: About): Reading {
  const { to, original, transport = 'none', relay, reply, error } = deliveryOf(rest)
  const owner = message.sole ?? original ?? to
  const answer = reply === undefined ? sinkOf(rest, to) || error : `(${reply})`
  const attempt = attemptOf(
    { to, origTo: owner === to ? undefined : owner, relay, dsn: '', reply: answer },
    {
      ...{ program: `exim/${transport}`, status: statusOf(rest.slice(0, 2), error) },
      ...{ time: line.time, mark: line.mark }
    }
  )
  heardOf(message, line)
  if (attempt.status === 'sent') attempt.child = childOf(attempt, message, queue)
  note(message, attempt)
  return 'read'
}

function statusOf(arrow: string, error: string): string {
  if (arrow === '==') return 'deferred'
  if (arrow !== '**') return 'sent'
  return /retry timeout exceeded$|message timed out$/.test(error) ? 'expired' : 'bounced'
}

function sinkOf(rest: string, to: string): string {
  if (rest.startsWith('*>') || to === ':blackhole:' || to === 'discarded') return ':blackhole:'
  if (to.startsWith('/')) return `(delivered to file: ${to})`
  if (to.startsWith('|')) return `(delivered to command: ${to.slice(1)})`
  return to.startsWith('>') ? '(delivered via autoreply service)' : ''
}

/** The message on the same host that a filter made of it: named in its reply, or of the same message-id. */
function childOf({ relay, reply, program }: Attempt, message: Message, queue: Queue): Message | undefined {
  const id = /\bid=(\w{6}-\w{6,11}-\w{2,4})\b/.exec(reply)?.[1]
  const child = id ? queue.find(id) : relay === '' && reply === '' ? queue.handedInAgain(message) : undefined
  const isOther = child && child.accepted > 0 && child !== message && child.messageId === message.messageId
  // What the child itself was delivered by is no way to hand it in.
  if (!isOther || child.attempts.some(other => !id && other.program === program)) return undefined
  return handOn(message, child) ? child : undefined
}
