import type pg from 'pg'
import { copyToFile, inTransaction } from '../database/copy.ts'
import { cell } from './cells.ts'
import { type Changes, changedVerdicts, changeOfOthers, type VerdictCount } from './changes.ts'
import type { Scope } from './queries.ts'

/** Affected addresses by what became of them; `moved` are those with another owner. */
export type DomainChanges = {
  domain: string
  added: number
  removed: number
  changed: number
  moved: number
}

type ChangedAddress = {
  email: string
  change: 'added' | 'removed' | 'changed' | 'moved'
  old_count: number | null
  new_count: number | null
}

/** `samples` are up to 20 addresses of each kind of change. */
export type Difference = { domains: DomainChanges[]; verdicts: Changes; samples: ChangedAddress[] }

type Compared = {
  from: Scope
  to: Scope
  /** A CSV file in which every difference is written, if anywhere. */
  out: string | undefined
}

/** What differs between two scopes of an incident, and whose verdict would if one took the other's place. */
export async function compareScopes(pool: pg.Pool, { from, to, out }: Compared): Promise<Difference> {
  return inTransaction(pool, async client => {
    await gather(client, { from, to })
    if (out) await copyToFile(client, differences, out)
    const domains = await client.query<DomainChanges>(byDomain)
    const counts = await client.query<VerdictCount>(byVerdict)
    const samples = await client.query<ChangedAddress>(sampled)
    const verdicts = { counts: counts.rows, others: changeOfOthers({ from, to }) }
    return { domains: domains.rows, verdicts, samples: samples.rows }
  })
}

async function gather(client: pg.PoolClient, { from, to }: { from: Scope; to: Scope }) {
  const rowsOf = ({ id }: Scope) => `(select * from affected_addresses where scope_id = ${id})`
  const figures = (name: string) => `(${name}.lost_count, ${name}.first_lost_at, ${name}.last_lost_at)`
  await client.query(`
    create temp table changed_addresses on commit drop as
    select email, coalesce(next.domain, former.domain) as domain,
      coalesce(next.account_id, former.account_id) as account_id,
      case
        when former.account_id is null then 'added'
        when next.account_id is null then 'removed'
        when former.account_id <> next.account_id then 'moved'
        else 'changed'
      end as change,
      former.lost_count as old_count, next.lost_count as new_count
    from ${rowsOf(from)} as former full join ${rowsOf(to)} as next using (email)
    where former.account_id is distinct from next.account_id
      or ${figures('former')} is distinct from ${figures('next')}`)
  await client.query(`create temp table changed_verdicts on commit drop as ${changedVerdicts({ from, to })}`)
}

const byDomain = `
  select domain, ${['added', 'removed', 'changed', 'moved']
    .map(change => `(count(*) filter (where change = '${change}'))::int as ${change}`)
    .join(', ')}
  from changed_addresses group by domain order by count(*) desc, domain`

const byVerdict = `
  select from_verdict, to_verdict, count(*)::int as addresses from changed_verdicts
  group by from_verdict, to_verdict order by from_verdict, to_verdict`

const sampled = `
  select email, change, old_count, new_count from (
    select *, row_number() over (partition by change order by email) as number from changed_addresses
  ) as numbered
  where number <= 20 order by change, email`

/** An address whose verdict changes although neither scope affects it has the change "verdict". */
const differences = `
  select ${cell('email')} as address, coalesce(changed.domain, split_part(email, '@', -1)) as domain,
    ${cell('login_id')} as login_id, coalesce(change, 'verdict') as change, old_count, new_count,
    from_verdict as old_verdict, to_verdict as new_verdict
  from changed_addresses as changed full join changed_verdicts as judged using (email)
  join accounts on accounts.id = coalesce(judged.account_id, changed.account_id)
  order by email`
