import { canonicalLoginId, isLoginId } from '../accounts/canonical.ts'
import { actorOf, record } from '../audit/record.ts'
import type { Database, Role } from '../database/tables.ts'
import type { Colleague } from './company.ts'
import { findStaffBySubject, insertStaff, renameStaff, type StaffMember } from './queries.ts'

/**
 * Who of the staff a colleague is, with name and role as the company's login says this time; made at the first login.
 * @returns undefined for who has no role, or is disabled here
 */
export async function welcome(db: Database, colleague: Colleague): Promise<StaffMember | undefined> {
  const { role } = colleague
  if (!role) return undefined
  const known = await findStaffBySubject(db, colleague.subject)
  if (!known) return add(db, colleague, role)
  if (known.disabled_at) return undefined
  return update(db, known, { name: colleague.name, role })
}

async function add(db: Database, { subject, names, name }: Colleague, role: Role) {
  const [login_id = 'staff'] = names.map(canonicalLoginId).filter(isLoginId)
  for (let number = 1; number <= 100; number++) {
    const free = number === 1 ? login_id : `${login_id.slice(0, 60)}-${number}`
    const staff = { login_id: free, name, role, subject, created_by: 'company account' }
    const added = await db.transaction().execute(async tx => {
      const inserted = await insertStaff(tx, staff)
      if (inserted) {
        const details = { staff: free, role, by: 'company' }
        await record(tx, { actor: actorOf(inserted), action: 'staff added', details })
      }
      return inserted
    })
    // Taken by somebody else, or by the same colleague in another window.
    const found = added ?? (await findStaffBySubject(db, subject))
    if (found) return found.disabled_at ? undefined : found
  }
  throw new Error('Too many of the staff have the same login ID.')
}

async function update(db: Database, known: StaffMember, now: { name: string; role: Role }) {
  if (known.name === now.name && known.role === now.role) return known
  await db.transaction().execute(async tx => {
    await renameStaff(tx, known.id, now)
    if (known.role === now.role) return
    const details = { staff: known.login_id, from: known.role, to: now.role, by: 'company' }
    await record(tx, { actor: actorOf(known), action: 'staff role changed', details })
  })
  return { ...known, ...now }
}
