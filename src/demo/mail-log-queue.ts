import type { Host, QueueFile } from './mail-log-host.ts'
import type { Message } from './mail-log-messages.ts'
import type { Recipient } from './mail-log-people.ts'
import type { Way } from './mail-log-ways.ts'
import { whole } from './random.ts'

/** A message in the queue: re-injected, it has a file and a size of its own. */
export type Queued = { message: Message; file: QueueFile; size: number; opened: number }

export function activate({ log }: Host, at: number, { message, file, size }: Queued) {
  const { sender, recipients } = message
  log(at, `${qmgr}: ${file.id}: from=<${sender}>, size=${size}, nrcpt=${recipients.length} (queue active)`)
}

// It lives as long as Postfix does.
const qmgr = 'postfix/qmgr[138]'

type Attempt = Queued & { wayOf: (recipient: Message['recipients'][number]) => Way | undefined }

/** Tries to deliver to each recipient that has a way; a process takes all those of its service. */
export function attempt(host: Host, at: number, { message, file, opened, wayOf }: Attempt) {
  const processes: Record<string, string> = {}
  const delay = delays(host, at - opened)
  for (const recipient of message.recipients) {
    const way = wayOf(recipient)
    if (!way) continue
    const { service, relay, dsn, status } = way(host, recipient)
    const process = (processes[service] ??= host.process(`postfix/${service}`, at))
    const told = `${addressed(recipient)}, relay=${relay}, ${delay}, dsn=${dsn}, status=${status}`
    host.log(at, `${process}: ${file.id}: ${told}`)
  }
}

function addressed({ address, box }: Recipient): string {
  return box ? `to=<${box}>, orig_to=<${address}>` : `to=<${address}>`
}

/** The whole time, and its parts: before the queue, in it, connecting, handing over. */
export function delays({ random }: Host, milliseconds: number): string {
  const before = whole(random, 0, Math.min(milliseconds, 300))
  const queued = whole(random, 0, Math.min(milliseconds - before, 20))
  const connecting = whole(random, 0, Math.min(milliseconds - before - queued, 20))
  const parts = [before, queued, connecting, milliseconds - before - queued - connecting]
  return `delay=${seconds(milliseconds)}, delays=${parts.map(seconds).join('/')}`
}

/** With two digits, as Postfix writes it. */
function seconds(milliseconds: number): number {
  if (milliseconds < 995) return Math.round(milliseconds / 10) / 100
  return milliseconds < 9_950 ? Math.round(milliseconds / 100) / 10 : Math.round(milliseconds / 1_000)
}

export function remove(host: Host, at: number, file: QueueFile) {
  host.log(at, `${qmgr}: ${file.id}: removed`)
  host.removeFile(at, file)
}
