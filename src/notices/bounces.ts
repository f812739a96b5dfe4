import { sql } from 'kysely'
import { type HeaderValue, type ParsedMail, simpleParser } from 'mailparser'
import type { Database } from '../database/tables.ts'
import { fallBack } from './fall-back.ts'

export type Bounce = {
  /** Of the notice that came back. */
  token: string
  /** For good, or the mail server goes on trying. */
  hard: boolean
  /** What the other side said, with its status code (RFC 3463). */
  said: string
}

/** Of a line, with those that it is folded into. */
const longestLine = 1_000

/**
 * Reads a delivery status notification (RFC 3464). The notice is told by the address that the notification came to, or
 * by the Message-ID of the message that it quotes.
 * @param to where it was delivered to, if the mail system says so; else its headers do
 * @returns undefined for what is none: an automatic answer, advertising
 */
export async function readBounce(source: Buffer, to = ''): Promise<Bounce | undefined> {
  const mail = await simpleParser(cutLines(source), {
    ...{ skipHtmlToText: true, skipTextToHtml: true, keepDeliveryStatus: true }
  })
  const report = mail.attachments.find(({ contentType }) => contentType === 'message/delivery-status')
  const token = tokenIn([to, ...addressesOf(mail)]) ?? tokenOfQuoted(mail)
  if (!report || !token) return undefined
  const said = fieldsOf(report.content.toString('utf8'))
  const status = /\b([245])\.\d{1,3}\.\d{1,3}\b/.exec(said('status'))?.[0] ?? ''
  const hard = said('action').toLowerCase() === 'failed'
  // Anybody may write one: no control characters, which the database would refuse.
  const words = `${status} ${said('diagnostic-code')}`.replace(/\p{Cc}/gu, ' ')
  return { token, hard, said: words.trim().slice(0, 500) }
}

/** Anybody may write one, and whole minutes would go into a header that nests addresses a hundred thousand times. */
function cutLines(source: Buffer): Buffer {
  const lines = source.toString('latin1').split(/\n(?![ \t])/)
  return Buffer.from(lines.map(line => line.slice(0, longestLine)).join('\n'), 'latin1')
}

/** `bounce+TOKEN@…`, with the token's 32 digits. */
function tokenIn(addresses: string[]): string | undefined {
  for (const address of addresses) {
    const digits = /\+([0-9a-f]{32})@/i.exec(address)?.[1]?.toLowerCase()
    if (digits) return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
  return undefined
}

function addressesOf({ headers }: ParsedMail): string[] {
  return ['delivered-to', 'x-original-to', 'envelope-to', 'to'].flatMap(name => textsOf(headers.get(name)))
}

function textsOf(value: HeaderValue | undefined): string[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value.flatMap(one => textsOf(one))
  if (typeof value === 'string') return [value]
  return 'text' in value && typeof value.text === 'string' ? [value.text] : []
}

function tokenOfQuoted({ attachments }: ParsedMail): string | undefined {
  for (const { contentType, content } of attachments) {
    if (contentType !== 'message/rfc822' && contentType !== 'text/rfc822-headers') continue
    const found = /^message-id:\s*<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/im.exec(
      content.toString('latin1')
    )
    if (found) return found[1]?.toLowerCase()
  }
  return undefined
}

/** Fields of the first recipient, unfolded. */
function fieldsOf(report: string): (name: string) => string {
  const lines = report.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  return name => {
    const line = lines.find(found => found.toLowerCase().startsWith(`${name}:`))
    return line?.slice(name.length + 1).trim() ?? ''
  }
}

export type BounceKept = 'bounced' | 'delayed' | 'known already' | 'of no notice'

/**
 * Writes down that a notice came back; another mailbox of the account is tried, where there is one. Told twice, it
 * changes nothing.
 */
export async function keepBounce(db: Database, { token, hard, said }: Bounce): Promise<BounceKept> {
  if (!hard) return (await findToken(db, token)) ? 'delayed' : 'of no notice'
  return db.transaction().execute(async tx => {
    const { rows } = await sql<{ incident_id: string }>`
      update notices set ended_at = now(), response = ${said},
        state = case when fallback_of is null then 'bounced' else 'unreachable' end
      where token = ${token}::uuid and state in ('accepted', 'unknown', 'sending')
      returning incident_id`.execute(tx)
    if (!rows[0]) return (await findToken(tx, token)) ? ('known already' as const) : ('of no notice' as const)
    await fallBack(tx, rows[0].incident_id)
    return 'bounced' as const
  })
}

async function findToken(db: Database, token: string) {
  return db.selectFrom('notices').select('id').where('token', '=', token).executeTakeFirst()
}
