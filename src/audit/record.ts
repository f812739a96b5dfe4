import { CompiledQuery } from 'kysely'
import type pg from 'pg'
import type { AuditDetails, Database } from '../database/tables.ts'

/** Who does something: somebody logged in, a command with the name of the system's user, or nobody known. */
export type Actor =
  | { kind: 'member' | 'staff'; id: string; name: string }
  | { kind: 'command'; name: string }
  | { kind: 'nobody' }

export type AuditEvent = {
  actor: Actor
  /** What was done, such as `scope published`. */
  action: string
  /** Whose account it is about. */
  accountId?: string | undefined
  incidentId?: string | undefined
  /** Never passwords, session IDs, senders or subjects of mail. */
  details?: AuditDetails
}

/** A member as who does something. */
export function memberOf({ id, loginId }: { id: string; loginId: string }): Actor {
  return { kind: 'member', id, name: loginId }
}

/** One of the staff as who does something. */
export function actorOf(staff: { id: string } & ({ login_id: string } | { loginId: string })) {
  return { kind: 'staff' as const, id: staff.id, name: 'login_id' in staff ? staff.login_id : staff.loginId }
}

/** The name under which something is kept as done by somebody. */
export function nameOf(actor: Actor): string {
  return 'name' in actor ? actor.name : 'nobody'
}

/**
 * Adds an event to the audit, which is chained: until the transaction ends, no other event can be added. So
 * it is the last statement of a transaction, unless what follows is short.
 */
export async function record(db: Database, event: AuditEvent) {
  await db.executeQuery(CompiledQuery.raw(insertion, valuesOf(event)))
}

/** The same on a connection of its own, in the transaction that is open there. */
export async function recordOn(client: pg.ClientBase, event: AuditEvent) {
  await client.query(insertion, valuesOf(event))
}

/** The same without waiting for the disk: logins come by the hundred a second. */
export async function note(db: Database, event: AuditEvent) {
  const text = `${insertion} where set_config('synchronous_commit', 'off', true) is not null`
  await db.executeQuery(CompiledQuery.raw(text, valuesOf(event)))
}

const insertion = `
  insert into audit_events (actor_kind, actor_id, actor, action, account_id, incident_id, details)
  select $1::text, $2::bigint, $3::text, $4::text, $5::bigint, $6::bigint, $7::jsonb`

function valuesOf({ actor, action, accountId, incidentId, details = {} }: AuditEvent): unknown[] {
  const id = 'id' in actor ? actor.id : null
  const name = 'name' in actor ? actor.name : ''
  return [actor.kind, id, name, action, accountId ?? null, incidentId ?? null, JSON.stringify(details)]
}
