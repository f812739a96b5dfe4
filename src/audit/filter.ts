import { type Static, Type } from 'typebox'
import { canonicalLoginId } from '../accounts/canonical.ts'
import type { FieldError } from '../web/forms.ts'
import { seal, unseal } from '../web/seal.ts'
import type { AuditFilter } from './queries.ts'

export const actorKinds = ['staff', 'member', 'command', 'nobody'] as const

export const FilterForm = Type.Object({
  action: Type.String({ default: '' }),
  actor_kind: Type.Enum(['', ...actorKinds], { default: '' }),
  actor: Type.String({ default: '' }),
  day_from: Type.String({ default: '' }),
  day_to: Type.String({ default: '' }),
  account: Type.String({ default: '' })
})
type Asked = Static<typeof FilterForm>

const longest = 200

/** What was typed as a filter, and what of it is wrong; whether there is such an account is asked elsewhere. */
export function filterIn(asked: Asked): { filter: AuditFilter; errors: FieldError[] } {
  const errors = (['day_from', 'day_to'] as const)
    .filter(field => asked[field] !== '' && !isDay(asked[field]))
    .map(field => ({ field, text: `errors.${field}` }))
  const told = (text: string) => text.trim().slice(0, longest) || undefined
  const filter: AuditFilter = {
    ...{ action: told(asked.action), actorKind: asked.actor_kind || undefined, actor: told(asked.actor) },
    ...{ from: told(asked.day_from), to: told(asked.day_to), account: told(canonicalLoginId(asked.account)) }
  }
  return { filter, errors }
}

function isDay(text: string): boolean {
  const day = /^(19|20|21)\d\d-\d\d-\d\d$/.test(text) ? new Date(text) : undefined
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** A filter as text for the address of a page, which only the pages of this member of the staff can read. */
export function sealFilter(secret: string, staffId: string, filter: AuditFilter): string {
  const told = Object.values(filter).some(text => text !== undefined)
  return told ? seal({ secret, purpose: 'audit filter' }, staffId, JSON.stringify(filter)) : ''
}

/** @returns undefined for what was not sealed for them with this secret */
export function openFilter(secret: string, staffId: string, sealed: string): AuditFilter | undefined {
  const text = unseal({ secret, purpose: 'audit filter' }, staffId, sealed)
  return text === undefined ? undefined : JSON.parse(text)
}
