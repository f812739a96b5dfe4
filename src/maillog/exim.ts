import type { Line, Reading } from './line.ts'
import { handOn, type Message } from './message.ts'
import { noteAttempt, type Queue } from './queue.ts'

const idPattern = /^([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) /

/** Takes in a line of Exim's main log without its time: `ID <= …`, `ID => …`, `ID Completed` and the like. */
export function readExim(line: Line, queue: Queue): Reading {
  const said = line.rest(line.start).replace(/^\[\d+\] /, '')
  const id = idPattern.exec(said)?.[1]
  if (!id) return 'ignored'
  const rest = said.slice(id.length + 1)
  if (rest.startsWith('<= ')) return readArrival(line, queue, { id, rest })
  const message = queue.find(id) ?? queue.about(id, line.time, line.mark)
  message.lastSeen = line.time
  if (/^(?:=>|->|>>|\*>|\*\*|==) /.test(rest)) return readDelivery(line, queue, { message, rest })
  return readFate(line, queue, { message, rest })
}

function readArrival(line: Line, queue: Queue, { id, rest }: { id: string; rest: string }): Reading {
  const message = queue.open(id, line.time, line.mark)
  message.accepted = line.time
  message.acceptedMark = line.mark
  message.sender = (/^<= (\S+)/.exec(rest)?.[1] ?? '').replace('<>', '')
  message.size = Number(/ S=(\d+)/.exec(rest)?.[1] ?? Number.NaN) || undefined
  message.messageId = / id=(\S+)/.exec(rest)?.[1]
  // The recipients are named only where `received_recipients` is logged.
  message.nrcpt = / for (\S+@\S+(?: \S+)*)$/.exec(rest)?.[1]?.split(' ').length ?? 0
  const parent = / R=([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})/.exec(rest)?.[1]
  const failed = parent && message.sender === '' ? queue.find(parent) : undefined
  if (failed) {
    failed.notice ??= message
    handOn(failed, message)
  }
  return 'read'
}

type Told = { message: Message; rest: string }

function readDelivery(line: Line, queue: Queue, { message, rest }: Told): Reading {
  const arrow = rest.slice(0, 2)
  if (rest.startsWith('=> blackhole (')) return discard(line, queue, message)
  const [, to = '', original] = /^\S\S (.+?)(?: <(.*?)>)?(?= [A-Z]=| defer |: |$)/.exec(rest) ?? []
  const transport = / T=(\S+?):?(?: |$)/.exec(rest)?.[1] ?? ''
  const relay = / H=(\S+ \[[^\]]*\])/.exec(rest)?.[1]?.replace(' [', '[') ?? ''
  const answer = / C="(.*?)"(?: |$)/.exec(rest)?.[1]
  noteAttempt(message, {
    to,
    origTo: original?.includes('@') ? original : undefined,
    program: `exim/${transport || 'none'}`,
    relay,
    dsn: '',
    status: arrow === '**' ? 'bounced' : arrow === '==' ? 'deferred' : 'sent',
    reply: answer !== undefined ? `(${answer})` : sinkOf(to) || rest.slice(rest.indexOf(': ') + 2),
    ...{ time: line.time, mark: line.mark, child: undefined }
  })
  return 'read'
}

function sinkOf(to: string): string {
  if (to === ':blackhole:') return to
  if (to.startsWith('/')) return `(delivered to file: ${to})`
  return to.startsWith('|') ? `(delivered to command: ${to.slice(1)})` : ''
}

function readFate(line: Line, queue: Queue, { message, rest }: Told): Reading {
  if (rest.startsWith('Completed')) queue.close(message, line.time)
  else if (/\bdiscarded by .*ACL\b/.test(rest)) return discard(line, queue, message)
  else if (/^(?:cancelled|removed) by |Spool file .*not found/.test(rest)) {
    message.fate = { kind: 'deleted', time: line.time, mark: line.mark }
    queue.close(message, line.time)
  } else if (/^(?:Frozen|Message is frozen|\*\*\* Frozen|frozen)/.test(rest)) message.held = true
  else if (/^(?:Unfrozen|unfrozen|removed from frozen)/.test(rest)) message.held = false
  else return 'ignored'
  return 'read'
}

function discard(line: Line, queue: Queue, message: Message): Reading {
  message.fate = { kind: 'discarded', time: line.time, mark: line.mark }
  queue.close(message, line.time)
  return 'read'
}
