import { localPart, newAddresses, providerDomain } from './addresses.ts'
import { familyNames, givenNames, trades } from './names.ts'
import { pick, pickEarly, type Random, whole } from './random.ts'
import { newSender } from './senders.ts'

/** Who hands over mail: a mail server, or a machine that has no name. */
export type Client = { name: string; ip: string }

/** A customer's address; `box` is where an alias of theirs leads to. */
export type Recipient = { address: string; box?: string }

export type People = {
  sender: () => string
  recipient: () => Recipient
  server: (sender: string) => Client
  stranger: () => Client
}

/** Those who write to each other on one day. The numbers of addresses keep memory small. */
export function makePeople(random: Random): People {
  const newAddress = newAddresses(random)
  const senders = [...Array.from({ length: 4_000 }, () => newSender(random)).filter(Boolean), ...oddSenders]
  const recipients = Array.from({ length: 20_000 }, () => makeRecipient(random, newAddress))
  const servers = new Map<string, Client>()
  return {
    sender: () => (random() < 0.06 ? '' : pick(random, senders)),
    recipient: () => pickEarly(random, recipients),
    server(sender) {
      const domain = sender.slice(sender.lastIndexOf('@') + 1) || 'mta.example'
      const name = `mx${whole(random, 1, 9)}.${domain}`
      let server = servers.get(name)
      if (!server) servers.set(name, (server = { name, ip: ip(random) }))
      return server
    },
    stranger: () => ({ name: 'unknown', ip: ip(random) })
  }
}

// What parsers break on: blanks, quotes, commas, UTF-8.
const oddSenders = [
  '"a b"@post.example',
  `o'brien@mail.example`,
  '"to=<x, y>"@home.test',
  '山田@post.example'
]

function makeRecipient(random: Random, newAddress: (local: string, domain: string) => string): Recipient {
  const family = pickEarly(random, familyNames).latin
  const local = localPart(random, family, pick(random, givenNames).latin)
  const own = `${pick(random, familyNames).latin}-${pick(random, trades).latin}.example`
  const address = newAddress(local, random() < 0.9 ? providerDomain(random) : own)
  return random() < 0.04 ? { address, box: `box${whole(random, 1_000, 99_999)}@store.example` } : { address }
}

/** From the blocks for documentation alone (RFC 5737, RFC 3849). */
function ip(random: Random): string {
  if (random() < 0.1) return `2001:db8:${whole(random, 1, 9_999)}::${whole(random, 1, 99)}`
  return `${pick(random, ['192.0.2', '198.51.100', '203.0.113'])}.${whole(random, 1, 254)}`
}
