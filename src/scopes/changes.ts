import { sql } from 'kysely'
import type { DatabaseTransaction } from '../database/tables.ts'
import { unhurried } from '../database/unhurried.ts'
import { decide } from '../incidents/verdict.ts'
import { cancelSuperseded } from '../notices/superseded.ts'
import type { Scope } from './queries.ts'

/** The scope that verdicts are bound to before and after; `undefined` when there is none. */
export type Replacement = { from: Scope | undefined; to: Scope | undefined }

export type VerdictCount = { from_verdict: string; to_verdict: string; addresses: number }

/** `others` are all addresses that are not counted one by one. */
export type Changes = { counts: VerdictCount[]; others: ReturnType<typeof changeOfOthers> }

type Publication = Replacement & { incidentId: string; by: string }

/**
 * Records that one scope took another's place, and whose verdict changed by it, among those who own the
 * addresses today. What the first scope of an incident says is not listed again. Notices that are not sent yet are
 * cancelled: they would tell what no longer holds.
 */
export async function recordPublication(
  tx: DatabaseTransaction,
  { from, to, incidentId, by }: Publication
): Promise<Changes> {
  const others = changeOfOthers({ from, to })
  const scopes = { incident_id: incidentId, scope_id: to?.id ?? null, former_scope_id: from?.id ?? null }
  const { id } = await tx
    .insertInto('publications')
    .values({ ...scopes, published_by: by, others_from: others.from, others_to: others.to })
    .returning('id')
    .executeTakeFirstOrThrow()
  await cancelSuperseded(tx, incidentId)
  if (!from) return { counts: to ? firstAffected(to) : [], others }
  const scoped = from.totals.affected_addresses + (to?.totals.affected_addresses ?? 0)
  const { rows } = await sql<VerdictCount>`
    with listed as (
      insert into verdict_changes
        (account_id, publication_id, email, incident_id, scope_id, former_scope_id, from_verdict, to_verdict)
      select account_id, ${id}, email, ${scopes.incident_id}, ${scopes.scope_id}, ${scopes.former_scope_id},
        from_verdict, to_verdict
      from (
        select * from (${sql.raw(changedVerdicts({ from, to }))}) as changed order by account_id, email
      ) as ordered
      where ${sql.raw(unhurried('hashtext(email)', scoped))}
      returning from_verdict, to_verdict
    )
    select from_verdict, to_verdict, count(*)::int as addresses from listed
    group by from_verdict, to_verdict order by from_verdict, to_verdict`.execute(tx)
  return { counts: rows, others }
}

function firstAffected({ totals }: Scope): VerdictCount[] {
  return [{ from_verdict: 'undetermined', to_verdict: 'affected', addresses: totals.affected_addresses }]
}

/** What `recordPublication` would find. */
export async function countChanges(tx: DatabaseTransaction, replacement: Replacement): Promise<Changes> {
  const { rows } = await sql<VerdictCount>`
    select from_verdict, to_verdict, count(*)::int as addresses
    from (${sql.raw(changedVerdicts(replacement))}) as changed
    group by from_verdict, to_verdict order by from_verdict, to_verdict`.execute(tx)
  return { counts: rows, others: changeOfOthers(replacement) }
}

export type VerdictSample = { email: string; from_verdict: string; to_verdict: string }

/** The same as `countChanges`, with up to 20 addresses of each change, for a person to look at. */
export async function foreseeChanges(
  tx: DatabaseTransaction,
  replacement: Replacement
): Promise<Changes & { samples: VerdictSample[] }> {
  const { rows } = await sql<VerdictSample & { addresses: number; number: number }>`
    select * from (
      select email, from_verdict, to_verdict,
        (count(*) over (partition by from_verdict, to_verdict))::int as addresses,
        (row_number() over (partition by from_verdict, to_verdict order by email))::int as number
      from (${sql.raw(changedVerdicts(replacement))}) as changed
    ) as numbered
    where number <= 20 order by from_verdict, to_verdict, email`.execute(tx)
  return {
    counts: rows.filter(({ number }) => number === 1),
    others: changeOfOthers(replacement),
    samples: rows
  }
}

/** How many addresses follow all others, where the verdict of those changes. */
export async function countOthers(tx: DatabaseTransaction, { from, to }: Replacement): Promise<number> {
  const others = changeOfOthers({ from, to })
  if (others.from === others.to) return 0
  const [former, next] = [from?.id ?? 'null', to?.id ?? 'null']
  const { rows } = await sql<{ addresses: number }>`
    select count(*)::int as addresses from (${sql.raw(`
      select ${verdictBy('former', others.from)} as from_verdict, ${verdictBy('next', others.to)} as to_verdict
      from addresses as owned
      left join domains on domains.name = owned.domain
      ${evidence('former', former)}
      ${evidence('next', next)}`)}) as judged
    where from_verdict <> to_verdict and 'affected' not in (from_verdict, to_verdict)`.execute(tx)
  return rows[0]?.addresses ?? 0
}

/** The verdict of an address on a concerned domain that neither scope says anything of. */
export function changeOfOthers({ from, to }: Replacement) {
  return { from: verdictOfOthers(from), to: verdictOfOthers(to) }
}

function verdictOfOthers(scope: Scope | undefined): 'not_affected' | 'undetermined' {
  const { verdict } = decide({
    scope: scope ? { version: scope.version, gaps: scope.coverage.gaps } : null,
    ...{ affected: null, concerned: true, kind: 'provider', doubt: null }
  })
  return verdict === 'not_affected' ? verdict : 'undetermined'
}

/**
 * SQL that gives account_id, email, from_verdict and to_verdict of each address whose verdict differs, as
 * `decide()` would have it; but not of those that only follow all others. In sets: there may be millions.
 * It is put into statements as it is: made of ids of scopes and words of our own alone.
 */
export function changedVerdicts({ from, to }: Replacement): string {
  const others = changeOfOthers({ from, to })
  const listed = others.from === others.to ? 'true' : `'affected' in (from_verdict, to_verdict)`
  const [former, next] = [from?.id ?? 'null', to?.id ?? 'null']
  return `
    select account_id, email, from_verdict, to_verdict from (
      select owned.account_id, email,
        ${verdictBy('former', others.from)} as from_verdict, ${verdictBy('next', others.to)} as to_verdict
      from (${touched(former, next)}) as touched
      join addresses as owned using (email)
      left join domains on domains.name = owned.domain
      ${evidence('former', former)}
      ${evidence('next', next)}
    ) as judged
    where from_verdict <> to_verdict and ${listed}`
}

/** Addresses of which two scopes do not say the same. */
function touched(former: string, next: string): string {
  return `
    select email from ${affectedIn(former)} as one full join ${affectedIn(next)} as other using (email)
    where one.account_id is distinct from other.account_id
    union
    select email from unmatched_recipients where scope_id in (${former}, ${next})
    group by email having count(distinct scope_id) = 1`
}

function evidence(name: string, id: string): string {
  return `
    left join ${affectedIn(id)} as ${name} using (email)
    left join (select distinct email, true as apart from unmatched_recipients where scope_id = ${id})
      as ${name}_unmatched using (email)`
}

function affectedIn(id: string): string {
  return `(select email, account_id from affected_addresses where scope_id = ${id})`
}

function verdictBy(name: string, others: string): string {
  return `case
    when ${name}.account_id = owned.account_id then 'affected'
    when ${name}.account_id is not null or ${name}_unmatched.apart or domains.name is null then 'undetermined'
    else '${others}' end`
}
