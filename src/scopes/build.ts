import type pg from 'pg'
import type { ScopeTotals } from '../database/tables.ts'
import { unhurried } from '../database/unhurried.ts'
import type { Progress } from '../terminal/progress.ts'
import { noteForLists } from './lists.ts'
import { insertScope, type NewScope } from './queries.ts'
import { countPlaced, placeRows } from './staging.ts'
import { withoutExtension } from './unmatched.ts'

export type Built = { id: string; version: number; totals: ScopeTotals }

export const buildSteps = 7

/**
 * Makes a draft scope of the rows in `lost_rows`.
 * @throws Error when its numbers do not add up to the rows of the files
 */
export async function buildScope(
  client: pg.PoolClient,
  draft: Omit<NewScope, 'totals'>,
  progress: Progress
): Promise<Built> {
  await placeRows(client)
  progress.at(1)
  const rows = draft.sources.reduce((sum, source) => sum + source.rows, 0)
  const totals = await sumUp(client, rows)
  progress.at(2)
  const { id, version } = await insertScope(client, { ...draft, totals })
  await fill(client, { id, totals, progress })
  return { id, version, totals }
}

async function sumUp(client: pg.PoolClient, rows: number): Promise<ScopeTotals> {
  const { lost, no_owner, other_domain, outside_window, no_word, duplicate } = await countPlaced(client)
  const apart = no_owner.rows + other_domain.rows + outside_window.rows + no_word.rows
  balance('rows of the files', rows, lost.rows + apart + duplicate.rows)
  const { rows: timed } = await client.query('select from lost_rows where received_at is not null limit 1')
  return {
    rows,
    affected_addresses: lost.addresses,
    lost_messages: timed.length > 0 ? lost.rows : null,
    no_owner: no_owner.rows,
    other_domain: other_domain.rows,
    outside_window: outside_window.rows,
    no_word: no_word.rows,
    duplicates: duplicate.rows
  }
}

type Filling = { id: string; totals: ScopeTotals; progress: Progress }

/** In the order of the primary keys, which `placed_rows` has too: the rows of an account lie together. */
async function fill(client: pg.PoolClient, { id, totals, progress }: Filling) {
  const messages = await client.query(
    `insert into lost_messages (account_id, scope_id, email, received_at, sender, message_id, size, queue_id)
     select account_id, $1, email, received_at, sender, message_id, size, queue_id
     from placed_rows where fate is null and received_at is not null and ${unhurried('line', totals.rows)}`,
    [id]
  )
  balance('lost messages', totals.lost_messages ?? 0, messages.rowCount)
  progress.at(3)
  await fillIntervals(client, { id, totals, progress })
  const addresses = await client.query(
    `insert into affected_addresses
       (account_id, scope_id, email, domain, business, lost_count, first_lost_at, last_lost_at)
     select account_id, $1, email, domain, business, lost_count, first_lost_at, last_lost_at
     from (
       select account_id, email, domain, kind = 'business' as business, lost_count, first_lost_at, last_lost_at
       from (
         select account_id, email, min(domain) as domain, nullif(count(received_at), 0) as lost_count,
           min(received_at) as first_lost_at, max(received_at) as last_lost_at
         from placed_rows where fate is null group by account_id, email
       ) as affected join accounts on accounts.id = account_id
       order by account_id, email
     ) as ordered
     where ${unhurried('hashtext(email)', totals.affected_addresses)}`,
    [id]
  )
  balance('affected addresses', totals.affected_addresses, addresses.rowCount)
  progress.at(5)
  await client.query(
    `insert into unmatched_recipients (scope_id, email, reason, lost_count, first_lost_at, last_lost_at)
     select $1, email, fate, nullif(count(received_at), 0), min(received_at), max(received_at)
     from placed_rows where fate <> 'duplicate' group by email, fate order by email, fate`,
    [id]
  )
  await doubtExtended(client, id)
  progress.at(6)
  await client.query('analyze affected_addresses, lost_messages, unmatched_recipients')
  await fillTotals(client, { id, totals, progress })
}

/** Mail to an address with an extension (RFC 5233) that nobody owns may be that of the owner of the address without it. */
async function doubtExtended(client: pg.PoolClient, id: string) {
  await client.query(
    `insert into unmatched_recipients (scope_id, email, reason, lost_count, first_lost_at, last_lost_at)
     select $1, addresses.email, 'extension', nullif(count(received_at), 0), min(received_at), max(received_at)
     from placed_rows join addresses on addresses.email = ${withoutExtension('placed_rows.email')}
     where placed_rows.account_id is null and fate in ('no_owner', 'no_word') and placed_rows.email like '%+%@%'
     group by addresses.email order by addresses.email`,
    [id]
  )
}

async function fillIntervals(client: pg.PoolClient, { id, totals, progress }: Filling) {
  const { rows } = await client.query<{ messages: number }>(
    `with filled as (
       insert into scope_intervals (scope_id, at, lost_messages)
       select $1, date_bin('5 minutes', received_at, 'epoch') as at, count(*)
       from placed_rows where fate is null and received_at is not null group by at order by at
       returning lost_messages
     )
     select coalesce(sum(lost_messages), 0)::int as messages from filled`,
    [id]
  )
  balance('lost messages by five minutes', totals.lost_messages ?? 0, rows[0]?.messages)
  progress.at(4)
}

async function fillTotals(client: pg.PoolClient, { id, totals, progress }: Filling) {
  const { rows } = await client.query<{ messages: number | null }>(
    'select sum(lost_count)::int as messages from affected_addresses where scope_id = $1',
    [id]
  )
  balance('lost messages of all addresses', totals.lost_messages ?? 0, rows[0]?.messages ?? 0)
  await noteForLists(client, id)
  progress.at(7)
}

function balance(what: string, expected: number, found: number | null | undefined) {
  if (expected !== found) throw new Error(`The scope does not balance: ${expected} ${what}, ${found} found.`)
}
