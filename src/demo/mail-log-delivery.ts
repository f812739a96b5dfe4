import type { Host, QueueFile } from './mail-log-host.ts'
import { activate, attempt, delays, type Queued, remove } from './mail-log-queue.ts'
import { bounced, deferred, delivered, domainOf, foreignId, lostWays } from './mail-log-ways.ts'
import { whole } from './random.ts'

const minute = 60_000

/** What becomes of a message that is active in the queue at a time. */
export function deliver(host: Host, active: number, mail: Queued) {
  const { message } = mail
  const at = active + whole(host.random, 4, 700)
  if (message.lost === 'deferred-deleted') return deferUntilDeleted(host, at, mail)
  const chance = host.random()
  if (message.lost) {
    const lostWay = lostWays[message.lost as keyof typeof lostWays]
    attempt(host, at, { ...mail, wayOf: ({ lost }) => (lost ? lostWay : delivered) })
  } else if (chance < 0.04) return deferOnce(host, at, mail)
  else if (chance < 0.05 && message.sender !== '') bounce(host, at, mail)
  else attempt(host, at, { ...mail, wayOf: () => delivered })
  remove(host, at, mail.file)
}

function deferOnce(host: Host, at: number, mail: Queued) {
  attempt(host, at, { ...mail, wayOf: () => deferred })
  const again = at + whole(host.random, 5 * minute, 20 * minute)
  host.later(again, () => {
    activate(host, again, mail)
    attempt(host, again + 40, { ...mail, wayOf: () => delivered })
    remove(host, again + 40, mail.file)
  })
}

/** Every recipient is refused, and the sender is told. */
function bounce(host: Host, at: number, mail: Queued) {
  attempt(host, at, { ...mail, wayOf: () => bounced })
  const { sender } = mail.message
  const file = host.openFile(at)
  const told = at + whole(host.random, 100, 3_000)
  const time = new Date(at).toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const cleanup = host.process('postfix/cleanup', at)
  host.log(at, `${cleanup}: ${file.id}: message-id=<${time}.${file.id}@${host.name}.provider.example>`)
  const notification = {
    file,
    size: mail.size + 2_300,
    opened: at,
    message: { ...mail.message, sender: '', recipients: [{ address: sender }] }
  }
  activate(host, at, notification)
  host.log(
    at,
    `${host.process('postfix/bounce', at)}: ${mail.file.id}: sender non-delivery notification: ${file.id}`
  )
  const exchanger = `mx1.${domainOf(sender)}[192.0.2.25]:25`
  const reply = `250 2.0.0 Ok: queued as ${foreignId(host)}`
  const smtp = host.process('postfix/smtp', told)
  host.log(
    told,
    `${smtp}: ${file.id}: to=<${sender}>, relay=${exchanger}, ${delays(host, told - at)}, dsn=2.0.0, status=sent (${reply})`
  )
  remove(host, told, file)
}

function deferUntilDeleted(host: Host, at: number, mail: Queued) {
  attempt(host, at, { ...mail, wayOf: ({ lost }) => (lost ? deferred : delivered) })
  const deletion = Math.ceil((at + minute) / (10 * minute)) * 10 * minute
  const again = at + 5 * minute
  if (again < deletion)
    host.later(again, () => {
      activate(host, again, mail)
      attempt(host, again + 40, { ...mail, wayOf: ({ lost }) => (lost ? deferred : undefined) })
    })
  deleteAt(host, deletion, mail.file)
}

/** Somebody deletes by ID, every ten minutes, what could not be delivered. */
function deleteAt(host: Host, at: number, file: QueueFile) {
  const files = host.deletions.get(at) ?? []
  files.push(file)
  if (files.length > 1) return
  host.deletions.set(at, files)
  host.later(at, () => {
    host.deletions.delete(at)
    const postsuper = host.process('postfix/postsuper', at)
    for (const { id } of files) host.log(at, `${postsuper}: ${id}: removed`)
    for (const file of files) host.removeFile(at, file)
    host.log(at, `${postsuper}: Deleted: ${files.length} message${files.length === 1 ? '' : 's'}`)
  })
}
