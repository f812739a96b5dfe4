import { domainToASCII } from 'node:url'
import type { AccountKind } from '../database/tables.ts'

const unseen = /[\p{White_Space}\p{Default_Ignorable_Code_Point}]/gu
// What a Japanese keyboard gives for a hyphen while it writes kana or full-width signs.
const hyphens = /[\u2010-\u2015\u2212\u30FC]/g
const administrationId = /^a\d[0-9a-z]{2,30}$/i

/** The one form in which login IDs are kept and compared: half-width, no spaces, A-IDs in upper case. */
export function canonicalLoginId(text: string): string {
  const id = isPlain(text)
    ? text.toLowerCase()
    : text.normalize('NFKC').replace(unseen, '').replace(hyphens, '-').toLowerCase().normalize('NFKC')
  return administrationId.test(id) ? id.toUpperCase() : id
}

/** Visible ASCII alone is canonical but for its case; millions of rows are nothing else. */
function isPlain(text: string): boolean {
  return /^[!-~]*$/.test(text)
}

/** Whether a canonical login ID is one that an account may have: 1 to 64 visible ASCII characters. */
export function isLoginId(id: string): boolean {
  return /^[!-~]{1,64}$/.test(id)
}

/**
 * Whose login ID it is, by its look alone. An Administration ID is "A", a digit and 2 to 30 more digits or
 * letters, such as A0012345; what starts with a letter after the "a", such as akira01, is an individual's.
 */
export function kindOfLoginId(id: string): AccountKind {
  return administrationId.test(id) ? 'business' : 'individual'
}

/**
 * The one form in which e-mail addresses are kept and compared: half-width, lower case, the domain as
 * A-labels (`xn--…`, which is what mail logs write). Quotes that are not needed are taken off the local
 * part (RFC 5321, 4.1.2), also where its dots are doubled or trailing, as old Japanese addresses have them.
 * @returns undefined for what is no address that anybody could have here
 */
export function canonicalEmail(text: string): string | undefined {
  const email = isPlain(text)
    ? text.toLowerCase()
    : text.normalize('NFKC').replace(ignorable, '').trim().toLowerCase().normalize('NFKC')
  const at = email.lastIndexOf('@')
  const local = canonicalLocalPart(email.slice(0, Math.max(at, 0)))
  const domain = canonicalDomain(email.slice(at + 1))
  if (!local || !domain || Buffer.byteLength(local) > 64) return undefined
  const whole = `${local}@${domain}`
  return Buffer.byteLength(whole) <= 254 ? whole : undefined
}

const ignorable = /\p{Default_Ignorable_Code_Point}/gu
const plainLocalPart = /^[^\p{C}\p{Z}"(),:;<>@[\\\]]+$/u
const quotedLocalPart = /^"((?:[^\p{C}\p{Zl}\p{Zp}"\\]|\\[ -~])+)"$/u

function canonicalLocalPart(text: string): string | undefined {
  if (plainLocalPart.test(text)) return text
  const content = quotedLocalPart.exec(text)?.[1]?.replace(/\\(.)/g, '$1')
  if (content === undefined || plainLocalPart.test(content)) return content
  return `"${content.replace(/["\\]/g, '\\$&')}"`
}

const labels =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** The one form of a domain's name: lower case, A-labels; undefined for what is not a full domain name. */
export function canonicalDomain(text: string): string | undefined {
  const name = text.normalize('NFKC').trim().toLowerCase()
  // Plain names are not handed over: domainToASCII would take some of them for IPv4 addresses.
  const ascii = /^[\0-\x7f]*$/.test(name) ? name : domainToASCII(name)
  return labels.test(ascii) ? ascii : undefined
}

/** The domain of a canonical address. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}
