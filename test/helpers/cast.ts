import type { AccountKind, Database, Language } from '../../src/database/tables.ts'

export type Person = {
  login_id: string
  kind: AccountKind
  name: string
  language?: Language
  addresses: string[]
}

export const hanako: Person = {
  login_id: 'hanako',
  kind: 'individual',
  name: '青葉 花子',
  addresses: ['hanako@aoba.example']
}

export const taro: Person = {
  login_id: 'taro',
  kind: 'individual',
  name: '山田 太郎',
  addresses: ['taro@aoba.example', 'taro@yamada.example']
}

export const company: Person = {
  login_id: 'A0012345',
  kind: 'business',
  name: '株式会社あかね',
  addresses: ['info@aoba-net.example', 'sales@aoba-net.example', 'jinji@akane.example']
}

export const otherCompany: Person = {
  login_id: 'A0099999',
  kind: 'business',
  name: '有限会社みどり',
  addresses: ['info@midori.example', 'keiri@aoba-net.example']
}

/** The provider's own domains; all other domains of the cast are virtual. */
export const providerDomains = ['aoba.example', 'aoba-net.example', 'aoba-mail.example']

/** Adds domains, accounts and addresses without passwords. @returns the account's id by login ID */
export async function addCast(db: Database): Promise<Record<string, string>> {
  const people = [hanako, taro, company, otherCompany]
  const ids: Record<string, string> = {}
  for (const person of people) ids[person.login_id] = await addPerson(db, person)
  return ids
}

/** @returns the account's id */
export async function addPerson(db: Database, person: Person): Promise<string> {
  const { login_id, kind, name, language = 'ja', addresses } = person
  const { id } = await db
    .insertInto('accounts')
    .values({ login_id, kind, name, language })
    .returning('id')
    .executeTakeFirstOrThrow()
  await addAddresses(db, id, addresses)
  return id
}

export async function addAddresses(db: Database, accountId: string, emails: string[]) {
  const addresses = emails.map(email => ({ account_id: accountId, email, domain: email.split('@')[1] ?? '' }))
  await addDomains(db, [...new Set(addresses.map(({ domain }) => domain))])
  await db.insertInto('addresses').values(addresses).execute()
  for (const [domain, owned = []] of Map.groupBy(addresses, address => address.domain))
    await db
      .insertInto('address_totals')
      .values({ account_id: accountId, domain, addresses: owned.length })
      .onConflict(conflict =>
        conflict
          .columns(['account_id', 'domain'])
          .doUpdateSet(({ eb }) => ({ addresses: eb('address_totals.addresses', '+', owned.length) }))
      )
      .execute()
}

async function addDomains(db: Database, names: string[]) {
  const kindOf = (name: string) =>
    providerDomains.includes(name) ? ('provider' as const) : ('virtual' as const)
  await db
    .insertInto('domains')
    .values(names.map(name => ({ name, kind: kindOf(name) })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
}
