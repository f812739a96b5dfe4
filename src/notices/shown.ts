import type { NoticeKind, NoticeState } from '../database/tables.ts'
import { codeColumn } from './code.ts'

/** A notice as members and agents see it; `code` is the number by which a reader tells it from a fake. */
export type ShownNotice = {
  kind: NoticeKind
  state: NoticeState
  at: string | null
  code: string
  recipient: string | null
}

/** Selects the notices of the account `$1` under an incident `i`, newest first, 20 at the most. */
export const noticesColumn = `(select coalesce(json_agg(json_build_object('kind', n.kind, 'state', n.state,
      'at', n.ended_at, 'code', ${codeColumn},
      'recipient', n.recipient) order by n.id desc), '[]')
    from (select * from notices where account_id = $1 and incident_id = i.id order by id desc limit 20) n) as notices`
