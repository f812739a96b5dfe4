import { pick, pickEarly, type Random, whole } from './random.ts'

export const providerDomains = ['asahi-net.or.jp', 'email.ne.jp', 'asahinet.jp']

/** Gives an address that nobody has yet: where somebody has it, with a number, as people do. */
export type NewAddress = (local: string, domain: string) => string

export function newAddresses(random: Random): NewAddress {
  const taken = new Set<string>()
  return (local, domain) => {
    let address = `${local}@${domain}`
    for (let most = 99; taken.has(address); most *= 10)
      address = `${local}${whole(random, 1, most)}@${domain}`
    taken.add(address)
    return address
  }
}

/** A local part as people choose it, from their names in Latin letters. */
export function localPart(random: Random, family: string, given: string): string {
  return pick(random, ways)(family, given, random)
}

const ways: ((family: string, given: string, random: Random) => string)[] = [
  (family, given) => `${given}.${family}`,
  (family, given) => `${family}.${given}`,
  (family, given) => `${family}-${given}`,
  (family, given) => `${given}_${family}`,
  (family, given) => `${given[0]}${family}`,
  (family, given) => `${given[0]}.${family}`,
  (family, _, random) => `${family}${whole(random, 1, 12)}${whole(random, 10, 28)}`,
  (_, given, random) => `${given}${whole(random, 1940, 1999)}`
]

export function providerDomain(random: Random): string {
  return pickEarly(random, providerDomains)
}
