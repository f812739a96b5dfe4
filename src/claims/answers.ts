import { findAddressOfBusiness } from '../businesses/list.ts'
import { findIncidents } from '../businesses/queries.ts'
import type { ShownIncident } from '../incidents/shown.ts'
import type { Verdict } from '../incidents/verdict.ts'
import { findVerdicts } from '../individuals/queries.ts'
import type { Portal } from '../web/portal.ts'
import type { SignedIn } from '../web/sessions.ts'
import { listClaims } from './queries.ts'

type Asked = { slug: string; addressId: string }
type Judged = { incident: ShownIncident; address: Verdict & { email: string } }

/** One address of the account under one incident; undefined for what is not its own, or not published. */
export async function findJudged(
  { db, pool }: Portal,
  { id: accountId, kind }: SignedIn,
  { slug, addressId }: Asked
): Promise<Judged | undefined> {
  if (kind === 'business') {
    const [incident] = await findIncidents(pool, accountId, slug)
    const listing = incident && ({ accountId, incident, sort: 'address', direction: 'asc' } as const)
    const address = listing && (await findAddressOfBusiness(db, listing, addressId))
    return incident && address && { incident, address }
  }
  const incident = (await findVerdicts(pool, accountId)).find(found => found.slug === slug)
  const address = incident?.addresses.find(({ id }) => id === addressId)
  return incident && address && { incident, address }
}

/**
 * The account's claims. Each is answered by the verdict of the first scope that was published after it, or a later
 * one; what is no longer known of the address reads as undetermined.
 */
export async function listAnswered(portal: Portal, account: SignedIn) {
  const claims = await listClaims(portal.db, account.id)
  const judged = new Map<string, Judged | undefined>()
  for (const { slug, address_id: addressId } of claims)
    if (addressId && !judged.has(`${slug} ${addressId}`))
      judged.set(`${slug} ${addressId}`, await findJudged(portal, account, { slug, addressId }))
  return claims.map(claim => {
    const found = judged.get(`${claim.slug} ${claim.address_id}`)
    const scope = found?.incident.scope
    const answered = scope && scope.publishedAt > claim.created_at
    return {
      ...claim,
      answer: answered ? { version: scope.version, verdict: found.address.verdict } : undefined
    }
  })
}
