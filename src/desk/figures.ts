import type { Database } from '../database/tables.ts'
import type { Incident } from '../incidents/queries.ts'
import { countAffectedAccounts } from '../scopes/queries.ts'

/** `users` are accounts; they, the addresses and messages are unknown without a published scope. */
export type Figures = {
  incident: Incident
  minutes: number
  version: number | undefined
  users: number | undefined
  addresses: number | undefined
  messages: number | null | undefined
  /** When members could read a verdict for the first time. */
  first: Date | undefined
}

/** By the published scope of an incident. */
export async function findFigures(longDb: Database, incident: Incident): Promise<Figures> {
  const scope = await longDb
    .selectFrom('scopes')
    .select(['id', 'version', 'totals'])
    .where('incident_id', '=', incident.id)
    .where('state', '=', 'published')
    .executeTakeFirst()
  const users = scope && (await countAffectedAccounts(longDb, scope.id))
  const { first } = await longDb
    .selectFrom('publications')
    .select(({ fn }) => fn.min('published_at').as('first'))
    .where('incident_id', '=', incident.id)
    .where('scope_id', 'is not', null)
    .executeTakeFirstOrThrow()
  return {
    ...{ incident, users, version: scope?.version, first: first ?? undefined },
    minutes: Math.ceil((incident.ends_at.getTime() - incident.starts_at.getTime()) / 60_000),
    addresses: scope?.totals.affected_addresses,
    messages: scope?.totals.lost_messages
  }
}
