import { attemptOf } from './attempt.ts'
import type { Line, Reading } from './line.ts'
import { handOn, type Message } from './message.ts'
import { takeId } from './postfix.ts'
import { noteAttempt, type Queue } from './queue.ts'

/** Takes in a line of Sendmail: `QID: from=…`, `QID: to=…, stat=…`, `QID: discarded` and the like. */
export function readSendmail(line: Line, queue: Queue): Reading {
  if (!takeId(line)) return 'ignored'
  const id = line.id()
  if (line.says('from=')) return readFrom(line, queue, id)
  if (line.says('to=')) return readTo(line, queue, id)
  if (line.says('ruleset=')) return readRuleset(line, queue, id)
  if (line.says('discarded')) {
    const message = known(line, queue, id)
    message.fate = { kind: 'discarded', time: line.time, mark: line.mark }
    queue.close(message, line.time)
    return 'read'
  }
  return readNotification(line, queue, id)
}

function readFrom(line: Line, queue: Queue, id: string): Reading {
  const fields = line.rest(line.start)
  const [, sender, size, nrcpts] = /^from=<?(.*?)>?, size=(\d+), class=-?\d+, nrcpts=(\d+)/.exec(fields) ?? []
  if (nrcpts === undefined) return 'not understood'
  const before = queue.find(id)
  const message =
    before && before.sender === undefined && !before.closed ? before : queue.open(id, line.time, line.mark)
  message.sender = sender
  message.size = Number(size)
  message.nrcpt = Number(nrcpts)
  message.messageId = /, msgid=(.*?), (?:bodytype|proto|daemon|relay)=/.exec(fields)?.[1]
  message.acceptedMark = line.mark
  // Without a recipient it was refused.
  if (message.nrcpt > 0) message.accepted = line.time
  return 'read'
}

/** `mailer=*file*` and `prog` are aliases to a file or a command: the customer is in `ctladdr`. */
function readTo(line: Line, queue: Queue, id: string): Reading {
  const fields = line.rest(line.start)
  const pattern =
    /^to=(.*?)(?:, ctladdr=(.*?)(?: \(\d+\/\d+\))?)?, delay=.*?, mailer=([^,]*)(?:, pri=\d+)?(?:, relay=(.*?))?(?:, dsn=([\d.]*))?, stat=(.*)$/
  const [, to, ctladdr, mailer = '', relay = '', dsn = '', stat] = pattern.exec(fields) ?? []
  if (to === undefined || stat === undefined) return 'not understood'
  const message = known(line, queue, id)
  for (const one of to.split(','))
    noteAttempt(
      message,
      attemptOf(
        {
          ...{ to: bare(one), origTo: ctladdr === undefined ? undefined : bare(ctladdr) },
          ...{ relay, dsn, reply: replyOf(mailer, one, stat) }
        },
        { program: mailer, status: statusOf(stat, dsn), time: line.time, mark: line.mark }
      )
    )
  return 'read'
}

function statusOf(stat: string, dsn: string): string {
  if (stat.startsWith('Sent')) return 'sent'
  return stat.startsWith('Deferred') || stat.startsWith('queued') || dsn.startsWith('4')
    ? 'deferred'
    : 'bounced'
}

function replyOf(mailer: string, to: string, stat: string): string {
  if (mailer === '*file*') return `(delivered to file: ${to})`
  return mailer === 'prog' ? `(delivered to command: ${to})` : stat.replace(/^Sent ?/, '')
}

function readRuleset(line: Line, queue: Queue, id: string): Reading {
  const fields = line.rest(line.start)
  const [, ruleset, subject = '', end] =
    /^ruleset=([^,]*), arg1=(.*), relay=.*, (discard|quarantine=.*)$/.exec(fields) ?? []
  if (end === undefined) return 'ignored'
  const before = queue.find(id)
  const message = before && !before.closed ? before : queue.open(id, line.time, line.mark)
  if (end !== 'discard') message.held = true
  else if (ruleset === 'check_rcpt')
    message.named = { recipient: bare(subject), program: 'ruleset', time: line.time, mark: line.mark }
  return 'read'
}

/** `QID: QID2: DSN: reason`: QID2 tells the sender. */
function readNotification(line: Line, queue: Queue, id: string): Reading {
  const noticeId = /^([0-9A-Za-z]{6,}): (?:DSN|sender notify|return to sender|postmaster notify)/.exec(
    line.rest(line.start)
  )?.[1]
  if (!noticeId) return 'ignored'
  const message = known(line, queue, id)
  const notice = queue.open(noticeId, line.time, line.mark)
  if (handOn(message, notice)) message.notice = notice
  return 'read'
}

/** Sendmail does not say when a message is done: it may be heard of again. */
function known(line: Line, queue: Queue, id: string): Message {
  const message = queue.find(id) ?? queue.about(id, line.time, line.mark)
  message.lastSeen = line.time
  return message
}

function bare(address: string): string {
  return address.replace(/^<(.*)>$/, '$1')
}
