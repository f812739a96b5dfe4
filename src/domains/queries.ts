import type { Database } from '../database/tables.ts'

export type DomainKind = 'provider' | 'virtual'

/** All domains by name, with how many addresses they have. */
export function listDomains(db: Database) {
  return db
    .selectFrom('domains')
    .leftJoin('addresses', 'addresses.domain', 'domains.name')
    .select(({ fn }) => ['domains.name', 'domains.kind', fn.count<string>('addresses.id').as('addresses')])
    .groupBy(['domains.name', 'domains.kind'])
    .orderBy('domains.name')
    .execute()
}

/** Sets the kind of domains, known ones and new ones. */
export async function setDomainKind(db: Database, kind: DomainKind, names: string[]) {
  await db
    .insertInto('domains')
    .values(names.map(name => ({ name, kind })))
    .onConflict(conflict => conflict.column('name').doUpdateSet({ kind }))
    .execute()
}
