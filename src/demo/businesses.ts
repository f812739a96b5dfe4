import { localPart, type NewAddress, providerDomain } from './addresses.ts'
import type { Member } from './members.ts'
import { familyNames, givenNames, trades } from './names.ts'
import { longTail, pick, pickEarly, type Random, shuffled, whole } from './random.ts'

const forms = ['株式会社', '株式会社', '有限会社', '合同会社']
const roles = ['info', 'sales', 'support', 'order', 'recruit', 'soumu', 'keiri', 'jinji', 'kouhou', 'web']

/** Business contracts of 3 to 2,000 addresses, half of them with a virtual domain of their own. */
export function makeBusinesses(random: Random, newAddress: NewAddress, count: number): Member[] {
  const companies = familyNames.flatMap(family => trades.map(trade => ({ family, trade })))
  return shuffled(random, companies)
    .slice(0, count)
    .map(({ family, trade }, at) => {
      const company = `${family.latin}-${trade.latin}`
      const size = Math.min(2_000, 2 + 9 * longTail(random, 400) - whole(random, 0, 8))
      const own = random() < 0.5 ? whole(random, 0, size) : 0
      return {
        loginId: `A${String(10_000 + 37 * at).padStart(7, '0')}`,
        kind: 'business',
        name: `${pick(random, forms)}${family.kanji}${trade.kanji}`,
        language: 'ja',
        addresses: [
          ...officeAddresses(random, newAddress, { prefix: '', domain: `${company}.example`, count: own }),
          ...officeAddresses(random, newAddress, {
            prefix: `${company}-`,
            domain: providerDomain(random),
            count: size - own
          })
        ]
      }
    })
}

type Office = {
  /** Before each local part, where the domain does not tell whose it is. */
  prefix: string
  domain: string
  count: number
}

/** The addresses of a company on one domain: for its purposes first, then for its people. */
export function officeAddresses(random: Random, newAddress: NewAddress, { prefix, domain, count }: Office) {
  return Array.from({ length: count }, (_, at) => {
    const local =
      roles[at] ??
      localPart(random, pickEarly(random, familyNames).latin, pickEarly(random, givenNames).latin)
    return newAddress(`${prefix}${local}`, domain)
  })
}

/** Whether an address is one for a purpose, to which much more mail comes. */
export function isBusy(address: string): boolean {
  return /(?:^|-)(?:info|sales|support|order)@/.test(address)
}
