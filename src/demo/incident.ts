import type { Database } from '../database/tables.ts'
import { concernDomains, findIncident, type Incident, insertIncident } from '../incidents/queries.ts'
import { providerDomains } from './addresses.ts'
import { endsAt, startsAt } from './window.ts'

export const demoIncident = {
  slug: '2017-04-13',
  title_ja: '4月13日に一部のメールが失われた障害',
  title_en: 'Some e-mail lost on 13 April 2017',
  unaffected_ja: 'バーチャルドメインのメールアドレス',
  unaffected_en: 'addresses on virtual domains',
  starts_at: new Date(startsAt),
  ends_at: new Date(endsAt),
  zone: 'Asia/Tokyo'
}

/** Describes the incident, unless that was done before. */
export async function describeIncident(db: Database): Promise<Incident> {
  await db.transaction().execute(async tx => {
    const id = await insertIncident(tx, demoIncident)
    if (id) await concernDomains(tx, id, providerDomains)
  })
  return (await findIncident(db, demoIncident.slug)) as Incident
}
