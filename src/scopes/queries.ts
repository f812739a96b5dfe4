import type pg from 'pg'
import type { Coverage, Database, ScopeSource, ScopeTotals } from '../database/tables.ts'

export type NewScope = {
  incidentId: string
  key: string
  sources: ScopeSource[]
  coverage: Coverage
  totals: ScopeTotals
  by: string
}

export type Scope = Awaited<ReturnType<typeof listScopes>>[number]

export type DomainTotals = { domain: string; addresses: number; lost_messages: number | null }

/** One load or publication at a time for an incident; others wait. */
export async function lockIncident(client: pg.PoolClient, id: string) {
  await client.query('select from incidents where id = $1 for no key update', [id])
}

/** The newest scope of an incident that was loaded from the same files with the same coverage. */
export async function findScopeByKey(client: pg.PoolClient, incidentId: string, key: string) {
  const { rows } = await client.query<{ id: string; version: number; state: string; totals: ScopeTotals }>(
    `select id, version, state, totals from scopes
     where incident_id = $1 and sources_key = $2 and state <> 'withdrawn'
     order by version desc limit 1`,
    [incidentId, key]
  )
  return rows[0]
}

/** How many addresses of a scope would be placed otherwise today. */
export async function countOwnerChanges(client: pg.PoolClient, scopeId: string) {
  const { rows } = await client.query<{ found: number; moved: number }>(
    `select
      (select count(*)::int from unmatched_recipients join addresses using (email)
        where scope_id = $1 and reason = 'no_owner') as found,
      (select count(*)::int from affected_addresses as affected left join addresses as owned using (email)
        where scope_id = $1 and owned.account_id is distinct from affected.account_id) as moved`,
    [scopeId]
  )
  return rows[0] ?? { found: 0, moved: 0 }
}

/** @returns id and version of the new draft, numbered after all others of the incident */
export async function insertScope(client: pg.PoolClient, scope: NewScope) {
  const { rows } = await client.query<{ id: string; version: number }>(
    `insert into scopes (incident_id, version, sources, sources_key, coverage, totals, created_by)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6 from scopes where incident_id = $1
     returning id, version`,
    [
      scope.incidentId,
      JSON.stringify(scope.sources),
      scope.key,
      JSON.stringify(scope.coverage),
      JSON.stringify(scope.totals),
      scope.by
    ]
  )
  return rows[0] as { id: string; version: number }
}

export async function sumByDomain(client: pg.Pool | pg.PoolClient, scopeId: string): Promise<DomainTotals[]> {
  const { rows } = await client.query<DomainTotals>(
    `select domain, count(*)::int as addresses, sum(lost_count)::int as lost_messages
     from affected_addresses where scope_id = $1 group by domain order by domain`,
    [scopeId]
  )
  return rows
}

/** Oldest version first. */
export function listScopes(db: Database, incidentId: string) {
  return db
    .selectFrom('scopes')
    .selectAll()
    .where('incident_id', '=', incidentId)
    .orderBy('version')
    .execute()
}

/** Lost messages by five minutes; empty for scopes that were loaded before they were counted so. */
export function listIntervals(db: Database, scopeId: string) {
  return db
    .selectFrom('scope_intervals')
    .select(['at', 'lost_messages'])
    .where('scope_id', '=', scopeId)
    .orderBy('at')
    .execute()
}

/** How many accounts own an affected address of a scope. */
export async function countAffectedAccounts(db: Database, scopeId: string): Promise<number> {
  const { accounts } = await db
    .selectFrom('affected_addresses')
    .select(({ fn }) => fn.count<string>('account_id').distinct().as('accounts'))
    .where('scope_id', '=', scopeId)
    .executeTakeFirstOrThrow()
  return Number(accounts)
}
