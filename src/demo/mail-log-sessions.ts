import { accept } from './mail-log-acceptance.ts'
import type { Host } from './mail-log-host.ts'
import type { Message } from './mail-log-messages.ts'
import type { Client, People } from './mail-log-people.ts'
import { pick, whole } from './random.ts'

/** One SMTP session in which a client hands over messages, in the order of their times of acceptance. */
export function handOver(host: Host, client: Client, messages: Message[]) {
  const { random } = host
  const first = messages[0] as Message
  const last = messages.at(-1) as Message
  const end = last.at + whole(random, 1, 60)
  const start = Math.max(first.at - whole(random, 60, 900), Math.floor(first.at / 1_000 - 1) * 1_000)
  const smtpd = host.process('postfix/smtpd', end)
  const cleanup = host.process('postfix/cleanup', end)
  const from = `${client.name}[${client.ip}]`
  const tls = random() < 0.8
  host.log(start, `${smtpd}: connect from ${from}`)
  let before = Math.floor((start + first.at) / 2)
  if (tls) host.log(before, `${smtpd}: ${pick(random, ciphers)(from)}`)
  for (const message of messages) {
    const opened = Math.max(before, message.at - whole(random, 2, 40))
    before = message.at
    const file = host.openFile(opened)
    host.log(opened, `${smtpd}: ${file.id}: client=${from}`)
    if (random() < 0.03) host.log(opened, `${smtpd}: ${file.id}: ${refusedToo(message, client)}`)
    accept(host, { message, file, cleanup, client: from, opened })
  }
  const recipients = messages.reduce((sum, message) => sum + message.recipients.length, 0)
  host.log(end, `${smtpd}: ${disconnect(from, tls, messages.length, recipients)}`)
}

/** One recipient of a message that others do get. */
function refusedToo({ sender }: Message, { name, ip }: Client): string {
  const recipient = 'former.member@asahi-net.or.jp'
  return `reject: RCPT from ${name}[${ip}]: 550 5.1.1 <${recipient}>: Recipient address rejected: User unknown in virtual mailbox table; from=<${sender}> to=<${recipient}> proto=ESMTP helo=<${name}>`
}

const ciphers: ((from: string) => string)[] = [
  from =>
    `Anonymous TLS connection established from ${from}: TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)`,
  from =>
    `Anonymous TLS connection established from ${from}: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256`
]

function disconnect(from: string, tls: boolean, mails: number, recipients: number): string {
  const greetings = tls ? 'ehlo=2 starttls=1' : 'ehlo=1'
  const commands = (tls ? 4 : 2) + 2 * mails + recipients
  return `disconnect from ${from} ${greetings} mail=${mails} rcpt=${recipients} data=${mails} quit=1 commands=${commands}`
}

/** A client that goes away in the middle of DATA: nothing was accepted. */
export function breakOff(host: Host, client: Client, { at, messageId }: Message) {
  const { random } = host
  const lost = at + whole(random, 1, 400)
  const smtpd = host.process('postfix/smtpd', lost)
  const cleanup = host.process('postfix/cleanup', lost)
  const from = `${client.name}[${client.ip}]`
  const file = host.openFile(at)
  const bytes = whole(random, 40, 90_000)
  host.log(at - whole(random, 20, 600), `${smtpd}: connect from ${from}`)
  host.log(at, `${smtpd}: ${file.id}: client=${from}`)
  const told = [`lost connection after DATA (${bytes} bytes) from ${from}`]
  told.push(`disconnect from ${from} ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4`)
  const early = random() < 0.5
  if (early) host.log(lost, `${cleanup}: ${file.id}: message-id=${messageId}`)
  for (const line of told) host.log(lost, `${smtpd}: ${line}`)
  if (!early) host.log(lost, `${cleanup}: ${file.id}: message-id=${messageId}`)
  host.removeFile(lost, file)
}

/** A session in which nothing is accepted. */
export function refuse(host: Host, people: People, at: number) {
  const { random } = host
  const { name, ip } = people.stranger()
  const from = `${name}[${ip}]`
  const helo = `host${whole(random, 1, 9_999)}.dyn.invalid`
  const end = at + whole(random, 100, 900)
  const smtpd = host.process('postfix/smtpd', end)
  const sender = people.sender() || 'bounce@nowhere.invalid'
  const recipient = people.recipient().address
  const envelope = `from=<${sender}> to=<${recipient}> proto=ESMTP helo=<${helo}>`
  const reason = pick(random, refusals)({ sender, recipient, ip })
  if (random() < 0.2)
    host.log(
      at,
      `${smtpd}: warning: hostname ${helo} does not resolve to address ${ip}: Name or service not known`
    )
  host.log(at, `${smtpd}: connect from ${from}`)
  host.log(end, `${smtpd}: NOQUEUE: reject: RCPT from ${from}: ${reason}; ${envelope}`)
  const gone = random() < 0.2
  if (gone) host.log(end, `${smtpd}: lost connection after RCPT from ${from}`)
  const last = gone ? 'commands=2/3' : 'quit=1 commands=3/4'
  host.log(end, `${smtpd}: disconnect from ${from} ehlo=1 mail=1 rcpt=0/1 ${last}`)
}

type Refused = { sender: string; recipient: string; ip: string }

const refusals: ((refused: Refused) => string)[] = [
  ({ ip }) =>
    `554 5.7.1 Service unavailable; Client host [${ip}] blocked using bl.dnsbl.example; https://dnsbl.example/query/ip/${ip}`,
  ({ recipient }) =>
    `550 5.1.1 <x.${recipient}>: Recipient address rejected: User unknown in virtual mailbox table`,
  ({ sender }) => `450 4.1.8 <${sender}>: Sender address rejected: Domain not found`,
  ({ recipient }) => `450 4.2.0 <${recipient}>: Recipient address rejected: Greylisted`
]
