import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

/** One address of one account in one scope: every query here is bound to all three. */
export type Mailbox = { accountId: string; scopeId: string; email: string }
export type Listing = { by: 'time' | 'sender'; after?: string | undefined; before?: string | undefined }
export type LostMessage = NonNullable<Awaited<ReturnType<typeof findLostMessage>>>
/** `previous` and `next` are ids to page from, `null` where there is nothing. */
export type LostMessagePage = { messages: LostMessage[]; previous: string | null; next: string | null }

const pageLength = 50
const batchLength = 1_000
const columns = ['id', 'received_at', 'sender', 'message_id', 'size', 'queue_id', 'handled_at'] as const

function lostMessagesOf(db: Database, { accountId, scopeId, email }: Mailbox) {
  return db
    .selectFrom('lost_messages')
    .where('account_id', '=', accountId)
    .where('scope_id', '=', scopeId)
    .where('email', '=', email)
}

export function findLostMessage(db: Database, mailbox: Mailbox, id: string) {
  return lostMessagesOf(db, mailbox).select(columns).where('id', '=', id).executeTakeFirst()
}

/** A page of lost messages by time, or by sender and then time, after or before a message. */
export async function listLostMessages(
  db: Database,
  mailbox: Mailbox,
  listing: Listing
): Promise<LostMessagePage> {
  const { by, before, after } = listing
  const key = by === 'sender' ? sql`coalesce(sender, ''), received_at, id` : sql`received_at, id`
  const backwards = before !== undefined
  const from = before ?? after
  const anchor = sql`select ${key} from lost_messages where account_id = ${mailbox.accountId}
    and scope_id = ${mailbox.scopeId} and email = ${mailbox.email} and id = ${from}`
  const beyond = backwards ? sql<boolean>`(${key}) < (${anchor})` : sql<boolean>`(${key}) > (${anchor})`
  const direction = backwards ? 'desc' : 'asc'
  const rows = await lostMessagesOf(db, mailbox)
    .select(columns)
    .$if(from !== undefined, query => query.where(beyond))
    .$if(by === 'sender', query => query.orderBy(sql`coalesce(sender, '')`, direction))
    .orderBy('received_at', direction)
    .orderBy('id', direction)
    .limit(pageLength + 1)
    .execute()
  return pageOf(rows, backwards, from !== undefined)
}

function pageOf(rows: LostMessage[], backwards: boolean, anchored: boolean): LostMessagePage {
  const more = rows.length > pageLength
  const messages = rows.slice(0, pageLength)
  if (backwards) messages.reverse()
  return {
    messages,
    previous: (backwards ? more : anchored) ? (messages[0]?.id ?? null) : null,
    next: backwards || more ? (messages.at(-1)?.id ?? null) : null
  }
}

/**
 * All lost messages by time, a thousand at a time. Each batch is a query of its own: however slowly they are
 * taken, no connection waits and no statement runs into its time limit.
 */
export async function* streamLostMessages(db: Database, mailbox: Mailbox): AsyncGenerator<LostMessage[]> {
  let last: { id: string; place: string } | undefined
  for (;;) {
    const rows = await findBatch(db, mailbox, last)
    yield rows
    if (rows.length < batchLength) return
    last = rows.at(-1)
  }
}

/** `place` is the time as text: a Date would lose its microseconds, and messages with them. */
function findBatch(db: Database, mailbox: Mailbox, last: { id: string; place: string } | undefined) {
  return lostMessagesOf(db, mailbox)
    .select([...columns, sql<string>`received_at::text`.as('place')])
    .$if(last !== undefined, query =>
      query.where(sql<boolean>`(received_at, id) > (${last?.place}::timestamptz, ${last?.id}::bigint)`)
    )
    .orderBy('received_at')
    .orderBy('id')
    .limit(batchLength)
    .execute()
}

/** How many of each sender, for the headings of a page by sender. `null` is a message without a sender. */
export function countBySender(db: Database, mailbox: Mailbox, senders: (string | null)[]) {
  return lostMessagesOf(db, mailbox)
    .select(['sender', sql<number>`count(*)::int`.as('messages')])
    .where(({ or, eb }) =>
      or([eb('sender', 'in', senders.filter(sender => sender !== null).concat('')), eb('sender', 'is', null)])
    )
    .groupBy('sender')
    .execute()
}

/** Lost messages per step of the window; steps without any are left out. `step` is in seconds. */
export function countByTime(db: Database, mailbox: Mailbox, startsAt: Date, step: number) {
  const bin = sql<Date>`date_bin(make_interval(secs => ${step}), received_at, ${startsAt})`
  return lostMessagesOf(db, mailbox)
    .select([bin.as('at'), sql<number>`count(*)::int`.as('messages')])
    .groupBy('at')
    .orderBy('at')
    .execute()
}

/** Marks a lost message as handled by its owner, or as not handled. */
export async function setHandled(
  db: Database,
  mailbox: Mailbox,
  id: string,
  handled: boolean
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('lost_messages')
    .set({ handled_at: handled ? sql<Date>`coalesce(handled_at, now())` : null })
    .where('account_id', '=', mailbox.accountId)
    .where('scope_id', '=', mailbox.scopeId)
    .where('email', '=', mailbox.email)
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
