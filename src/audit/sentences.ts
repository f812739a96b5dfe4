import type { AuditDetails } from '../database/tables.ts'
import type { Texts } from '../web/language.ts'

type Told = { action: string; details: AuditDetails }

/** What was done, in words; an action that has none yet stands as it was recorded. */
export function sentenceOf(t: Texts, { action, details }: Told): string {
  const key = `audit.did.${action.replaceAll(/[ -]/g, '_')}`
  const sentence = t(key, details)
  return sentence === key ? action : sentence
}
