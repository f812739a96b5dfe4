import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

export type Verified = {
  events: number
  /** Of the last event, in hexadecimal: written down elsewhere, it shows that nobody wrote the chain anew. */
  hash: string
  /** The first place where the chain is broken, if it is. */
  broken: { id: string; why: 'missing' | 'changed' } | { id: undefined; why: 'cut off' } | undefined
  /** Whether an event has the hash that was asked for. */
  expected: boolean
}

/** Reckons the whole chain anew: a changed event no longer has its hash, a removed one leaves a hole. */
export async function verifyAudit(db: Database, expected = ''): Promise<Verified> {
  const { rows } = await sql<Row>`
    with chained as (
      select id, hash, row_number() over earlier as number,
        sha256(lag(hash, 1, ''::bytea) over earlier || convert_to(audit_text(e), 'UTF8')) as right_hash
      from audit_events e window earlier as (order by id)
    ),
    first_broken as (
      select id, id <> number as hole from chained where id <> number or hash <> right_hash order by id limit 1
    ),
    found as (
      select count(*) as events, coalesce(bool_or(encode(hash, 'hex') = ${expected}), false) as expected
      from chained
    )
    select found.events::int as events, found.expected, first_broken.id, hole, encode(head.hash, 'hex') as hash,
      head.events <> found.events
        or head.hash <> coalesce((select hash from chained order by id desc limit 1), ''::bytea) as cut_off
    from found left join audit_head head on true left join first_broken on true`.execute(db)
  const { events, hash, id, hole, cut_off, expected: known } = rows[0] as Row
  const broken = id !== null ? { id, why: hole ? ('missing' as const) : ('changed' as const) } : undefined
  const cut = cut_off !== false ? { id: undefined, why: 'cut off' as const } : undefined
  return { events, hash: hash ?? '', broken: broken ?? cut, expected: expected === '' || known }
}

/** The same for a page, beyond the time that its other statements may take. @returns with the seconds it took */
export async function verifyAtLength(db: Database): Promise<Verified & { seconds: number }> {
  const begun = performance.now()
  const verified = await db.transaction().execute(async tx => {
    await sql`set local statement_timeout = '10min'`.execute(tx)
    return verifyAudit(tx)
  })
  return { ...verified, seconds: (performance.now() - begun) / 1_000 }
}

type Row = {
  events: number
  expected: boolean
  id: string | null
  hole: boolean | null
  hash: string | null
  cut_off: boolean | null
}
