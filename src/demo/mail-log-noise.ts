import type { Host } from './mail-log-host.ts'
import type { People } from './mail-log-people.ts'
import { timestamp } from './mail-log-time.ts'
import { whole } from './random.ts'

/** Lines that tell nothing of mail; `sessions` says how busy the second is. */
export function writeNoise(host: Host, people: People, second: number, sessions: number) {
  const { random } = host
  for (let count = Math.floor(0.5 * sessions + random()); count > 0; count--) {
    const at = 1_000 * second + whole(random, 0, 999)
    const chance = random()
    if (chance < 0.9) logIn(host, people, at)
    else connectOnly(host, people, at)
  }
  if (second % 600 === 0) tellRates(host, people, 1_000 * second)
}

function logIn({ random, log }: Host, people: People, at: number) {
  const { address } = people.recipient()
  const pid = whole(random, 1_000, 99_999)
  const session = `${whole(random, 1e12, 9e12).toString(36)}AAsaje+g`
  const { ip } = people.stranger()
  log(
    at,
    `dovecot: imap-login: Login: user=<${address}>, method=PLAIN, rip=${ip}, lip=192.0.2.143, mpid=${pid}, TLS, session=<${session}>`
  )
  const traffic = `in=${whole(random, 60, 900)} out=${whole(random, 600, 90_000)}`
  log(
    at + whole(random, 100, 60_000),
    `dovecot: imap(${address})<${pid}><${session}>: Disconnected: Logged out ${traffic} deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0`
  )
}

function connectOnly(host: Host, people: People, at: number) {
  const { ip } = people.stranger()
  const smtpd = host.process('postfix/smtpd', at)
  host.log(at, `${smtpd}: connect from unknown[${ip}]`)
  host.log(at, `${smtpd}: lost connection after EHLO from unknown[${ip}]`)
  host.log(at, `${smtpd}: disconnect from unknown[${ip}] ehlo=1 commands=1`)
}

function tellRates(host: Host, people: People, at: number) {
  const anvil = host.process('postfix/anvil', at)
  const when = `for (smtp:${people.stranger().ip}) at ${timestamp(at / 1_000 - 200)}`
  host.log(at, `${anvil}: statistics: max connection rate ${whole(host.random, 2, 60)}/60s ${when}`)
  host.log(at, `${anvil}: statistics: max connection count ${whole(host.random, 2, 20)} ${when}`)
  host.log(
    at,
    `${anvil}: statistics: max cache size ${whole(host.random, 20, 400)} at ${timestamp(at / 1_000 - 100)}`
  )
}
