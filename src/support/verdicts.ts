import { findAddressOfBusiness, listAddresses } from '../businesses/list.ts'
import { type BusinessIncident, findIncidents } from '../businesses/queries.ts'
import { statementsIn } from '../database/connect.ts'
import type { AccountKind, DatabaseTransaction } from '../database/tables.ts'
import type { ShownIncident } from '../incidents/shown.ts'
import type { Verdict } from '../incidents/verdict.ts'
import { findVerdicts } from '../individuals/queries.ts'
import type { ShownNotice } from '../notices/shown.ts'

/** What an agent may know of an address: neither when mail was lost nor from whom. */
type SealedAddress = Verdict & { email: string; lostCount: number | null }
type SealedIncident = ShownIncident & {
  /** Of a business; its addresses are the first that are affected, and `more` is how many follow. */
  totals?: BusinessIncident['totals']
  addresses: SealedAddress[]
  more: number
  /** Of a business, the address that the agent asked for. */
  asked?: SealedAddress | undefined
  notices: ShownNotice[]
}

type Whose = { id: string; kind: AccountKind; asked?: string | undefined }

/**
 * Every incident as the member sees it, but for senders and times, which are secrets of communication.
 * @param whose `asked` is an address of a business, canonical, whose verdict the agent wants to tell
 */
export function findSealedVerdicts(
  tx: DatabaseTransaction,
  { id, kind, asked }: Whose
): Promise<SealedIncident[]> {
  return kind === 'business' ? ofBusiness(tx, id, asked) : ofIndividual(tx, id)
}

async function ofIndividual(tx: DatabaseTransaction, accountId: string) {
  const incidents = await findVerdicts(statementsIn(tx), accountId)
  return incidents.map(incident => ({ ...incident, addresses: incident.addresses.map(sealed), more: 0 }))
}

async function ofBusiness(tx: DatabaseTransaction, accountId: string, email: string | undefined) {
  const incidents: SealedIncident[] = []
  const addressId = email === undefined ? undefined : await findAddressId(tx, accountId, email)
  for (const incident of await findIncidents(statementsIn(tx), accountId)) {
    const found = incident.totals.affected > 0 ? await listAffected(tx, accountId, incident) : []
    const more = Math.max(0, incident.totals.affected - found.length)
    const listing = { accountId, incident, sort: 'address', direction: 'asc' } as const
    const asked = addressId && (await findAddressOfBusiness(tx, listing, addressId))
    incidents.push({
      ...incident,
      addresses: found.map(sealed),
      more,
      asked: asked ? sealed(asked) : undefined
    })
  }
  return incidents
}

async function findAddressId(tx: DatabaseTransaction, accountId: string, email: string) {
  const found = await tx
    .selectFrom('addresses')
    .select('id')
    .where('account_id', '=', accountId)
    .where('email', '=', email)
    .executeTakeFirst()
  return found?.id
}

async function listAffected(tx: DatabaseTransaction, accountId: string, incident: BusinessIncident) {
  const listing = { accountId, incident, sort: 'address', direction: 'asc', verdict: 'affected' } as const
  return (await listAddresses(tx, listing, { backwards: false })).addresses
}

function sealed({ email, lostCount, ...address }: Verdict & { email: string; lostCount: number | null }) {
  const { verdict } = address
  const reason = 'reason' in address ? { reason: address.reason } : {}
  return { email, lostCount, verdict, ...reason } as SealedAddress
}
