import { BlockList, isIP } from 'node:net'
import { shapeOf } from '../maillog/groups.ts'
import type { Facts } from '../maillog/kinds.ts'

/** RFC 1918, 6598, 3927, 4193, 4291: addresses that only the provider's own machines can have. */
const own = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16]
] as const)
  own.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128]
] as const)
  own.addSubnet(network, bits, 'ipv6')

/**
 * Who took a recipient's mail. A relay of the provider's own network is itself, address and port included; one
 * of the world is its name alone: a large provider has ever new addresses. What went to no relay is told by its
 * sink, the shape of the reply.
 * @returns with the family, in which new names may be usual or not
 */
export function groupOf({ kind, program, relay, reply }: Facts): { group: string; family: string } {
  const [, name = '', address = ''] = /^([^[]*)\[(.*)\](?::\d+)?$/.exec(relay) ?? []
  if (address === '') return { group: `${program} ${shapeOf(reply)}`, family: `${program} ${kind}` }
  const version = isIP(address)
  if (version === 0 || own.check(address, version === 4 ? 'ipv4' : 'ipv6'))
    return { group: `${program} ${relay}`, family: `${program}, own network` }
  const known = isIP(name) || name === '' || name === 'unknown' ? address : name.toLowerCase()
  return { group: `${program} ${known}`, family: `${program} ${familyOf(known)}` }
}

/** `mx6.mail.yahoo.co.jp` → `yahoo.co.jp`; of an address its network. */
function familyOf(name: string): string {
  if (isIP(name)) return name.replace(/[.:][^.:]*$/, '')
  const labels = name.split('.')
  const [second = '', top = ''] = labels.slice(-2)
  return labels.slice(top.length === 2 && second.length <= 3 ? -3 : -2).join('.')
}
