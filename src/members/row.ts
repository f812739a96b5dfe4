import { createHmac, type KeyObject } from 'node:crypto'
import {
  canonicalEmail,
  canonicalLoginId,
  domainOf,
  isLoginId,
  kindOfLoginId
} from '../accounts/canonical.ts'
import type { CsvColumns, CsvProblem, CsvRow } from '../csv/read.ts'
import type { CopyValue } from '../database/copy.ts'
import { readImportedPassword } from '../sign-in/imported.ts'

type Column = 'login_id' | 'kind' | 'name' | 'contact_email' | 'language' | 'password_hash' | 'address'

export const memberColumns: CsvColumns<Column> = {
  required: ['login_id', 'kind', 'name', 'contact_email', 'language', 'password_hash', 'address']
}

const longestName = 200

/**
 * A function that checks a row of the file and makes it a row of the staging table: canonical, with what
 * is wrong with it.
 * @param key of the fingerprints of passwords
 */
export function memberReader(key: KeyObject) {
  const passwordOf = passwordReader(key)
  return (row: CsvRow<Column> | CsvProblem): CopyValue[] => {
    if ('problem' in row) return [row.line, row.problem, ...Array(12).fill(null)]
    const { values, line } = row
    const loginId = canonicalLoginId(values.login_id)
    const email = values.address ? canonicalEmail(values.address) : null
    const contact = values.contact_email ? canonicalEmail(values.contact_email) : null
    const problem = [
      ...loginIdMistakes(loginId, values),
      ...nameMistakes(values.name.trim()),
      ...(contact === undefined
        ? [`contact_email ${shown(values.contact_email)} is not an e-mail address`]
        : []),
      ...(['ja', 'en', ''].includes(values.language)
        ? []
        : [`language ${shown(values.language)} is not ja or en`]),
      ...(email === undefined ? [`address ${shown(values.address)} is not an e-mail address`] : [])
    ].join('; ')
    const account = [values.kind, values.name.trim(), contact ?? null, values.language || 'ja']
    const address = email ? [email, domainOf(email)] : [null, null]
    const id = isLoginId(loginId) ? loginId : null
    return [line, problem || null, id, ...account, ...passwordOf(values.password_hash.trim()), ...address]
  }
}

function loginIdMistakes(loginId: string, { login_id, kind }: Record<Column, string>): string[] {
  if (!loginId) return ['login_id is empty']
  if (!isLoginId(loginId)) return [`login_id ${shown(login_id)} is not 1 to 64 visible ASCII characters`]
  if (kind !== 'individual' && kind !== 'business')
    return [`kind ${shown(kind)} is not individual or business`]
  if (kind === kindOfLoginId(loginId)) return []
  return kind === 'individual'
    ? [`${loginId} is an Administration ID, but its kind is individual`]
    : [
        `${loginId} is not an Administration ID (A, a digit, more digits or letters), but its kind is business`
      ]
}

function nameMistakes(name: string): string[] {
  if (/\p{Cc}/u.test(name)) return ['name has control characters']
  return name.length > longestName ? [`name is longer than ${longestName} characters`] : []
}

/** Text of the file, safe on a terminal and not endless. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

/** The rows of an account follow each other and have the same hash: it is read once. */
function passwordReader(key: KeyObject) {
  let last = ''
  let columns: CopyValue[] = [null, null, null, null, null]
  return (text: string): CopyValue[] => {
    if (text === last) return columns
    last = text
    columns = text ? passwordColumns(key, text) : [null, null, null, null, null]
    return columns
  }
}

/**
 * A fingerprint tells later imports whether the file has another hash. It is keyed, because a plain digest
 * of a fast hash without salt, beside the wrapped one, would undo the wrapping.
 */
function passwordColumns(key: KeyObject, text: string): CopyValue[] {
  const fingerprint = createHmac('sha256', key).update(text).digest('hex')
  const { hash, scheme, salt } = readImportedPassword(text) ?? { hash: null, scheme: null, salt: null }
  const note = hash ? null : 'password_hash is of no scheme that can be verified: imported without a password'
  return [note, hash, scheme, salt && `\\x${salt.toString('hex')}`, `\\x${fingerprint}`]
}
