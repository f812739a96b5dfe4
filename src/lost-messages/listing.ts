import { type Static, Type } from 'typebox'
import type { Database } from '../database/tables.ts'
import { Id } from '../web/forms.ts'
import { countBySender, countByTime, listLostMessages, type Mailbox } from './queries.ts'
import { drawTimeline, stepOf } from './timeline.ts'

/** How a visitor pages through lost messages, in the address of the page. */
export const Paging = Type.Object({
  by: Type.Enum(['time', 'sender'], { default: 'time' }),
  after: Type.Optional(Id),
  before: Type.Optional(Id)
})

/** What the page of an affected address shows: a page of its lost messages, and the window as a drawing. */
export async function findListing(
  db: Database,
  mailbox: Mailbox,
  { startsAt, endsAt }: { startsAt: Date; endsAt: Date },
  paging: Static<typeof Paging>
) {
  const page = await listLostMessages(db, mailbox, paging)
  const senders = paging.by === 'sender' ? [...new Set(page.messages.map(({ sender }) => sender))] : []
  const counts = await countByTime(db, mailbox, startsAt, stepOf(startsAt, endsAt))
  return {
    ...page,
    by: paging.by,
    senders: senders.length > 0 ? await countBySender(db, mailbox, senders) : [],
    timeline: counts.length > 0 ? drawTimeline(startsAt, endsAt, counts) : undefined
  }
}
