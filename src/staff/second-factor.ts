import { createHash, randomInt } from 'node:crypto'
import { generateSecret, generateURI, verify } from 'otplib'
import QRCode from 'qrcode'
import type { Database } from '../database/tables.ts'
import { seal, unseal } from '../web/seal.ts'
import { takeRecoveryCode, takeStep } from './queries.ts'

/** Seconds that the clock of a telephone may be off. */
const tolerance = 30
// Without letters and digits that look alike.
const alphabet = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'

export type Factor = { id: string; login_id: string; totp_secret: string | null }

/** A new secret for one-time codes (RFC 6238), as it is kept. */
export function newTotpSecret(secret: string, loginId: string): string {
  return seal(keyOf(secret), loginId, generateSecret())
}

/** What an authenticator app scans, and what is typed where it cannot. */
export async function describeTotp(secret: string, issuer: string, { login_id, totp_secret }: Factor) {
  const plain = openTotp(secret, { login_id, totp_secret })
  if (plain === undefined) throw new Error('The secret of the one-time codes cannot be opened.')
  const uri = generateURI({ issuer, label: login_id, secret: plain })
  const picture = await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 })
  return { picture, typed: plain.match(/.{1,4}/g)?.join(' ') ?? plain }
}

/** The step of a one-time code that is right now, or a moment ago; undefined for a wrong one. */
export async function stepOfCode(
  secret: string,
  { login_id, totp_secret }: Omit<Factor, 'id'>,
  typed: string
): Promise<number | undefined> {
  const token = plain(typed)
  const plainSecret = openTotp(secret, { login_id, totp_secret })
  if (plainSecret === undefined || !/^\d{6}$/.test(token)) return undefined
  const result = await verify({ secret: plainSecret, token, epochTolerance: tolerance })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}

/**
 * Takes a one-time code or a recovery code of somebody, each one once.
 * @returns by what it was; undefined for a wrong or used one
 */
export async function takeCode(
  db: Database,
  secret: string,
  factor: Factor,
  typed: string
): Promise<'code' | 'recovery code' | undefined> {
  const step = await stepOfCode(secret, factor, typed)
  if (step !== undefined) return (await takeStep(db, factor.id, step)) ? 'code' : undefined
  return (await takeRecoveryCode(db, factor.id, hashOfCode(typed))) ? 'recovery code' : undefined
}

/** Such as `K7QM-2XWP-9RTA`: 3 groups are 58 bits, 4 are 78. */
export function randomCode(groups: number): string {
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')
  return Array.from({ length: groups }, group).join('-')
}

/** Codes have more bits than anybody can try out: a plain hash keeps them. */
export function hashOfCode(typed: string): Buffer {
  return createHash('sha256').update(plain(typed)).digest()
}

/** Spaces, hyphens, case and width do not matter. */
function plain(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
}

/** The secret of somebody's one-time codes; undefined where there is none, or another portal sealed it. */
export function openTotp(secret: string, { login_id, totp_secret }: Omit<Factor, 'id'>): string | undefined {
  return totp_secret === null ? undefined : unseal(keyOf(secret), login_id, totp_secret)
}

function keyOf(secret: string) {
  return { secret, purpose: 'one-time codes' }
}
