import { localPart, type NewAddress, providerDomain } from './addresses.ts'
import type { Member } from './members.ts'
import { familyNames, givenNames } from './names.ts'
import { pick, pickEarly, type Random, whole } from './random.ts'

// Without vowels, chance spells no words.
const letters = [...'bcdfghjkmnprstvwxyz']

/** A giver of individual members with IDs of their own, one or two addresses each. */
export function newIndividuals(random: Random, newAddress: NewAddress): () => Member {
  const ids = new Set<string>()
  return () => {
    const loginId = newId(random, ids)
    const [family, given] = [pickEarly(random, familyNames), pickEarly(random, givenNames)]
    const local = () => (random() < 0.15 ? loginId : localPart(random, family.latin, given.latin))
    const addresses = [newAddress(local(), providerDomain(random))]
    const more = random()
    if (more < 0.06) addresses.push(newAddress(given.latin, `${family.latin}-${loginId}.example`))
    else if (more < 0.3) addresses.push(newAddress(local(), providerDomain(random)))
    return {
      loginId,
      kind: 'individual',
      name: `${family.kanji} ${given.kanji}`,
      language: random() < 0.03 ? 'en' : 'ja',
      addresses
    }
  }
}

function newId(random: Random, taken: Set<string>): string {
  const letter = () => pick(random, letters)
  const id = `${letter()}${letter()}${letter()}${whole(random, 10_000, 99_999)}`
  if (taken.has(id)) return newId(random, taken)
  taken.add(id)
  return id
}
