import { sql } from 'kysely'
import type { DatabaseTransaction } from '../database/tables.ts'

type Scopes = { from: string; to: string }

/**
 * Marks the messages of one scope as handled that are so in another; a mark of those that are so no longer
 * is taken back. Other marks stay.
 * @returns how many marks were carried over
 */
export async function carryHandledOver(tx: DatabaseTransaction, { from, to }: Scopes): Promise<number> {
  await sql`
    update lost_messages as lost set handled_at = null from lost_messages as former
    where lost.handled_at is not null and former.handled_at is null and ${isSame({ from, to })}`.execute(tx)
  const { numAffectedRows } = await sql`
    update lost_messages as lost set handled_at = former.handled_at from lost_messages as former
    where former.handled_at is not null and ${isSame({ from, to })}`.execute(tx)
  return Number(numAffectedRows ?? 0)
}

/**
 * The same message has the same account, address and time, and the same queue ID, or where one of the two
 * has none the same message ID, or where neither has any ID the same sender and size.
 */
function isSame({ from, to }: Scopes) {
  return sql`
    former.scope_id = ${from} and lost.scope_id = ${to} and lost.account_id = former.account_id
    and lost.email = former.email and lost.received_at = former.received_at
    and case
      when lost.queue_id is not null and former.queue_id is not null then lost.queue_id = former.queue_id
      when lost.message_id is not null and former.message_id is not null
        then lost.message_id = former.message_id
      else coalesce(lost.queue_id, lost.message_id, former.queue_id, former.message_id) is null
        and (lost.sender, lost.size) is not distinct from (former.sender, former.size)
    end`
}
