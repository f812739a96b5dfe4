import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/tables.ts'

/** Widens the window of an incident that is still a draft. @returns its state; `undefined` without such one */
export async function widenDraft(db: Database, slug: string, { first, last }: { first: Date; last: Date }) {
  await db
    .updateTable('incidents')
    .set({ starts_at: sql`least(starts_at, ${first})`, ends_at: sql`greatest(ends_at, ${last})` })
    .where('slug', '=', slug)
    .where('state', '=', 'draft')
    .execute()
  return db.selectFrom('incidents').select(['id', 'state']).where('slug', '=', slug).executeTakeFirst()
}

/**
 * Adds those of some domains that are known to be the provider's to an incident; all of the provider's where
 * it would have none.
 */
export async function concernProviderDomains(tx: DatabaseTransaction, incidentId: string, names: string[]) {
  await sql`
    with provider as (select name, name = any(${names}) as meant from domains where kind = 'provider')
    insert into incident_domains (incident_id, domain)
    select ${incidentId}, name from provider
    where meant or not exists (select from provider where meant)
      and not exists (select from incident_domains where incident_id = ${incidentId})
    on conflict do nothing`.execute(tx)
}
