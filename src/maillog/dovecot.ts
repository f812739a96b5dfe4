import type { HostLog } from './host.ts'
import type { Line, Reading } from './line.ts'

/**
 * Takes in a line of Dovecot: LMTP answers "Saved" for what a Sieve script throws away; only the session in
 * that answer tells. `lmtp(user)<pid><session>: sieve: msgid=…: discard action: …`
 */
export function readDovecot(line: Line, host: HostLog): Reading {
  if (!line.says('lmtp(') && !line.says('lda(')) return 'ignored'
  const said = line.rest(line.start)
  const [, user, session, rest = ''] = /^\w+\(([^)]*)\)(?:<\d+>)?<([^>]+)>: (.*)$/.exec(said) ?? []
  if (session === undefined) return 'ignored'
  const key = `${user} ${session}`
  if (/: (?:discard action|marked message to be discarded)/i.test(rest)) host.sieveDiscards.add(key)
  else if (/: (?:saved mail to|stored mail into mailbox)/.test(rest)) host.sieveDiscards.delete(key)
  return 'read'
}

/** The user and session in an LMTP answer `(250 2.0.0 <user> session Saved)`, as `sieveDiscards` has them. */
export function sessionOf(reply: string): string | undefined {
  const [, user, session] = /^\(250 2\.0\.0 <([^>]*)> (\S+) Saved\)/.exec(reply) ?? []
  return session === undefined ? undefined : `${user} ${session}`
}
