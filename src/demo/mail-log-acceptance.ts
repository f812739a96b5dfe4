import { deliver } from './mail-log-delivery.ts'
import type { Host, QueueFile } from './mail-log-host.ts'
import type { Message } from './mail-log-messages.ts'
import { activate, delays, remove } from './mail-log-queue.ts'
import { whole } from './random.ts'

/** A message as smtpd receives it: the process that writes its file, who sent it, the file's time. */
export type Entry = { message: Message; file: QueueFile; cleanup: string; client: string; opened: number }

/** From the message-id on; a message becomes the provider's when it is active in the queue. */
export function accept(host: Host, entry: Entry) {
  const { message, file, cleanup, opened } = entry
  const { at, size } = message
  if (message.lost === 'cleanup-discard' && !message.filtered) return discardUnqueued(host, entry)
  host.log(opened, `${cleanup}: ${file.id}: message-id=${message.messageId}`)
  const mail = { message, file, size, opened }
  activate(host, at, mail)
  for (const { address, lost } of message.recipients)
    if (lost) host.tellLost({ ...told(message), recipient: address, size, queueId: file.id })
  if (message.filtered) passFilter(host, entry)
  else deliver(host, at, mail)
}

function told({ at, sender, messageId }: Message) {
  return { receivedAt: Math.floor(at / 1_000) * 1_000, sender, messageId }
}

/** The log names the last recipient alone, and no size; no message-id when the check came before it. */
function discardUnqueued(host: Host, entry: Entry) {
  const { message, file, cleanup, opened } = entry
  const named = host.random() < 0.7
  if (named) host.log(opened, `${cleanup}: ${file.id}: message-id=${message.messageId}`)
  host.log(message.at, `${cleanup}: ${file.id}: ${discarded(entry)}`)
  const messageId = named ? message.messageId : ''
  const recipient = message.recipients.at(-1)?.address as string
  host.tellLost({ ...told(message), messageId, recipient, size: undefined, queueId: file.id })
  host.removeFile(message.at, file)
}

function discarded({ client, message }: Entry): string {
  const last = message.recipients.at(-1)?.address
  return `discard: header Subject: XDISCARD from ${client}; from=<${message.sender}> to=<${last}> proto=ESMTP helo=<${client.slice(0, client.indexOf('['))}>: header rule 17`
}

/** The content filter takes the message over SMTP and gives it back, as a message of its own. */
function passFilter(host: Host, entry: Entry) {
  const { message, file, client } = entry
  const { random } = host
  const start = message.at + whole(random, 3, 15)
  const opened = start + whole(random, 10, 900)
  const handed = opened + whole(random, 8, 60)
  const [smtpd, cleanup, scan] = ['reinject/smtpd', 'cleanup', 'scan/smtp'].map(service =>
    host.process(`postfix/${service}`, handed)
  )
  const child = host.openFile(opened)
  const count = message.recipients.length
  host.log(start, `${smtpd}: connect from ${filter}`)
  host.log(opened, `${smtpd}: ${child.id}: client=${filter}, orig_queue_id=${file.id}, orig_client=${client}`)
  host.log(opened, `${cleanup}: ${child.id}: message-id=${message.messageId}`)
  if (message.lost === 'cleanup-discard') {
    host.log(opened + 4, `${cleanup}: ${child.id}: ${discarded(entry)}`)
    host.removeFile(opened + 4, child)
  } else {
    const mail = { message, file: child, size: message.size + whole(random, 140, 190), opened }
    activate(host, opened + 4, mail)
    deliver(host, opened + 4, mail)
  }
  const commands = `ehlo=1 xforward=2 mail=1 rcpt=${count} data=1 quit=1 commands=${count + 6}`
  host.log(handed, `${smtpd}: disconnect from ${filter} ${commands}`)
  const reply = `${delays(host, handed - entry.opened)}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ${child.id})`
  for (const { address } of message.recipients)
    host.log(handed, `${scan}: ${file.id}: to=<${address}>, relay=127.0.0.1[127.0.0.1]:10026, ${reply}`)
  remove(host, handed, file)
}

const filter = 'localhost[127.0.0.1]'
