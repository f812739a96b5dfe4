import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import type { DatabaseTransaction } from '../database/tables.ts'
import { countTry, insertConsent, useConsent } from './queries.ts'

/** Minutes that a code is good for, and how often an agent may mistype it. */
export const consentMinutes = 10
const mostTries = 5

/** A code with which a member lets one agent, once, see senders and times. The one before it is void. */
export async function giveConsentCode(tx: DatabaseTransaction, secret: string, accountId: string) {
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  await insertConsent(tx, accountId, { hash: hashOf(secret, accountId, code), minutes: consentMinutes })
  return code
}

type LookUp = { account_id: string; id: string }

/**
 * Takes a member's code for one look-up. Each try is counted before it is looked at, and holds the code until the
 * transaction ends: of two agents at once with the same code one gets it.
 */
export async function takeConsentCode(
  tx: DatabaseTransaction,
  secret: string,
  { lookUp, typed }: { lookUp: LookUp; typed: string }
): Promise<boolean> {
  const code = typed.normalize('NFKC').replace(/\D/g, '')
  const consent = await countTry(tx, lookUp.account_id, mostTries)
  if (!consent || !timingSafeEqual(consent.code_hash, hashOf(secret, lookUp.account_id, code))) return false
  await useConsent(tx, { ...lookUp, consentId: consent.id })
  return true
}

/** Six digits are soon tried out: only who has the portal's secret could. */
function hashOf(secret: string, accountId: string, code: string): Buffer {
  return createHmac('sha256', secret).update(`consent code ${accountId} ${code}`).digest()
}
