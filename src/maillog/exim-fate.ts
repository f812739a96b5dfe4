import { endedOf, isFailure, isWaiting, unheard } from './exim-recipients.ts'
import type { Line, Reading } from './line.ts'
import type { Fate, Message } from './message.ts'
import { noteAttempt, type Queue } from './queue.ts'

export type About = { message: Message; rest: string }

/** What befalls a message as a whole, or recipients at the hands of an administrator. */
export function readFate(line: Line, queue: Queue, { message, rest }: About): Reading {
  const { time, mark } = line
  if (rest.startsWith('Completed')) {
    heardOf(message, line)
    message.attempts = endedOf(message.attempts)
    queue.close(message, line.time)
  } else if (rest.startsWith('=> ')) {
    // These recipients were told one by one, before there was a message.
    if (/\((?:MAIL|RCPT) ACL /.test(rest)) message.nrcpt = message.attempts.length
    message.fate = { kind: 'discarded', time, mark }
  } else if (rest.startsWith('removed by ')) takeOut(message, { kind: 'deleted', time, mark })
  else if (rest.startsWith('cancelled by ')) takeOut(message, { kind: 'cancelled', time, mark })
  else if (/^Spool file \S+ not found|^Error reading spool file .*: No such file/.test(rest))
    takeOut(message, { kind: 'deleted', counted: true, time, mark })
  else if (/^(?:Format error in|Error reading) spool file/.test(rest))
    takeOut(message, { kind: 'corrupt', counted: true, time, mark })
  else if (/^(?:\*\*\* )?[Ff]rozen|^Message is frozen/.test(rest)) freeze(message, rest)
  else if (/^[Uu]nfrozen/.test(rest)) message.held = false
  else return readRecipient(line, { message, rest })
  message.lastSeen = line.time
  return 'read'
}

/** Where no line tells the recipients, there must have been one more if all that are known had an end. */
function takeOut(message: Message, fate: Fate) {
  const { attempts, sole, nrcpt } = message
  message.fate = fate
  const isTold = sole !== undefined || nrcpt > 1
  if (isTold || fate.counted || attempts.some(({ status }) => isWaiting(status))) return
  message.nrcpt = attempts.length + 1
}

/** A bounce that cannot be delivered is kept, and tried again when it is thawed. */
function freeze(message: Message, rest: string) {
  message.held = true
  if (!rest.includes('delivery error message')) return
  for (const attempt of message.attempts) if (isFailure(attempt.status)) attempt.status = 'deferred'
}

/** `ADDRESS: error ignored`, `address <…> marked delivered by …`, `recipient <…> added by …` */
function readRecipient(line: Line, { message, rest }: About): Reading {
  const [, ignored, marked, added] =
    /^(?:(\S+)(?: <.*>)?: error ignored|address <(.*)> marked delivered by |recipient <(.*)> added by )/.exec(
      rest
    ) ?? []
  if (added !== undefined) {
    message.nrcpt = Math.max(message.nrcpt, message.attempts.length) + 1
    message.sole = undefined
    noteAttempt(message, unheard(added, line))
    return 'read'
  }
  for (const attempt of message.attempts) {
    if (attempt.to === ignored && isFailure(attempt.status)) attempt.status = 'error ignored'
    if (attempt.owner === marked && isWaiting(attempt.status)) attempt.status = 'marked delivered'
  }
  return (ignored ?? marked) === undefined ? 'ignored' : 'read'
}

/** What was thought lost is not when it is heard of again. */
export function heardOf(message: Message, { time }: Line) {
  message.lastSeen = time
  if (message.fate?.counted) message.fate = undefined
}
