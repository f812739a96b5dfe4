import type { AccountKind, Language } from '../database/tables.ts'
import { localPart, type NewAddress, newAddresses, providerDomain } from './addresses.ts'
import { makeBusinesses, officeAddresses } from './businesses.ts'
import { cast } from './cast.ts'
import { newIndividuals } from './individuals.ts'
import { familyNames, givenNames } from './names.ts'
import { pick, type Random } from './random.ts'

export type Member = {
  loginId: string
  kind: AccountKind
  name: string
  language: Language
  addresses: string[]
}

export type Members = {
  /** The cast, in its order. */
  cast: Member[]
  others: Member[]
  /** Addresses of former members, to which mail still comes. */
  former: string[]
}

const addressCount = 98_000
const businessCount = 400
const formerCount = 380

export function makeMembers(random: Random): Members {
  const newAddress = newAddresses(random)
  const members = castMembers(random, newAddress)
  const others = makeBusinesses(random, newAddress, businessCount)
  const newIndividual = newIndividuals(random, newAddress)
  let count = [...members, ...others].reduce((sum, { addresses }) => sum + addresses.length, 0)
  while (count < addressCount) {
    const member = newIndividual()
    others.push(member)
    count += member.addresses.length
  }
  return {
    cast: members,
    others,
    former: Array.from({ length: formerCount }, () => former(random, newAddress))
  }
}

function castMembers(random: Random, newAddress: NewAddress): Member[] {
  const office = (prefix: string, domain: string, count: number) =>
    officeAddresses(random, newAddress, { prefix, domain, count })
  const addresses = {
    hanako: [newAddress('hanako.sato', 'asahi-net.or.jp'), newAddress('hanako', 'sato-family.example')],
    taro: [newAddress('taro.suzuki', 'email.ne.jp')],
    A0012345: [
      ...office('minato-', 'asahi-net.or.jp', 24),
      ...office('minato-', 'asahinet.jp', 16),
      ...office('', 'minato-shoji.example', 20)
    ],
    A0099999: [...office('midori-', 'email.ne.jp', 1_400), ...office('midori-', 'asahinet.jp', 600)]
  }
  return cast.map(({ loginId, kind, name }) => ({
    ...{ loginId, kind, name, language: 'ja' },
    addresses: addresses[loginId]
  }))
}

function former(random: Random, newAddress: NewAddress): string {
  const local = localPart(random, pick(random, familyNames).latin, pick(random, givenNames).latin)
  return newAddress(local, providerDomain(random))
}
