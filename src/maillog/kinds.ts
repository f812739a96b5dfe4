/** What a log shows of a recipient in the end. */
export type Kind = keyof typeof classes

/** What that means, unless the rules of an incident say otherwise. */
export type Class = 'lost' | 'told' | 'delivered' | 'pending' | 'unknown'
export const classes = {
  'discarded by transport': 'lost',
  'discarded by filter': 'lost',
  'discarded by access': 'lost',
  'discarded by reply': 'lost',
  'discarded by Sieve': 'lost',
  blackhole: 'lost',
  deleted: 'lost',
  vanished: 'lost',
  'bounced, nobody told': 'lost',
  'expired, nobody told': 'lost',
  bounced: 'told',
  expired: 'told',
  'to mailbox': 'delivered',
  'to file': 'delivered',
  'to command': 'delivered',
  'to service': 'delivered',
  'to relay': 'delivered',
  queued: 'pending',
  held: 'pending',
  corrupt: 'pending',
  'notification queued': 'pending',
  'maybe deleted': 'unknown',
  'no word': 'unknown'
} as const satisfies Record<string, Class>

const classByKind = new Map<string, Class>(Object.entries(classes))

/** By a Map, which costs less than a name that is looked up in an object. */
export function classOfKind(kind: Kind): Class {
  return classByKind.get(kind) as Class
}

/** The raw outcome of a recipient, as it is kept to be decided upon again. */
export type Facts = {
  kind: Kind
  /** The address that the customer owns: the original one where the log tells it. Empty when not named. */
  recipient: string
  isNamed: boolean
  program: string
  relay: string
  dsn: string
  status: string
  reply: string
  /** When it was logged, in milliseconds since the epoch. */
  time: number
}
