import { type Class, classOfKind, type Facts } from './kinds.ts'

/** What a rule may ask of an outcome; all that it asks must hold. Times are in milliseconds. */
export type Condition = {
  outcome?: string
  program?: string
  /** The whole relay, its name or its address. */
  relay?: string
  status?: string
  /** A whole status code, or its beginning up to a dot: `4.` */
  dsn?: string
  /** Words that the reply contains, case ignored. */
  reply?: string
  file?: string
  command?: string
  service?: string
  /** Of the recipient. */
  domain?: string
  from?: number
  to?: number
}

/** In the order in which they are asked: the first that holds decides. */
export type Rules = { class: Class; when: Condition }[]

/** Decides late: by the rules of an incident, else by what the outcome is in itself. */
export function classOf(facts: Facts, rules: Rules): Class {
  return rules[ruleOf(facts, rules)]?.class ?? classOfKind(facts.kind)
}

/** The number of the rule that decides; -1 where none does. */
export function ruleOf(facts: Facts, rules: Rules): number {
  return rules.findIndex(({ when }) => holds(when, facts))
}

/** Rules whose words are bytes, as those of a log are while it is read. */
export function asLogged(rules: Rules): Rules {
  return rules.map(({ class: name, when }) => {
    const words = Object.entries(when).map(([asked, said]) => [
      asked,
      typeof said === 'string' ? Buffer.from(said).toString('latin1') : said
    ])
    return { class: name, when: Object.fromEntries(words) }
  })
}

function holds(when: Condition, facts: Facts): boolean {
  const { outcome, program, relay, status, dsn, reply, domain, from, to } = when
  return (
    (from === undefined || facts.time >= from) &&
    (to === undefined || facts.time < to) &&
    (outcome === undefined || outcome === facts.kind) &&
    (program === undefined || program === facts.program) &&
    (relay === undefined || isRelay(relay.toLowerCase(), facts.relay.toLowerCase())) &&
    (status === undefined || status.toLowerCase() === facts.status.toLowerCase()) &&
    (dsn === undefined || dsn === facts.dsn || (dsn.endsWith('.') && facts.dsn.startsWith(dsn))) &&
    (reply === undefined || facts.reply.toLowerCase().includes(reply.toLowerCase())) &&
    isSink(when, facts.reply) &&
    (domain === undefined || facts.recipient.toLowerCase().endsWith(`@${domain.toLowerCase()}`))
  )
}

/** @param logged `host[address]:port`, `host[socket]`, or a bare word */
function isRelay(asked: string, logged: string): boolean {
  if (asked === logged) return true
  const [, host, address, port] = /^([^[]*)\[([^\]]*)\](?::(\d+))?$/.exec(logged) ?? []
  const names = [
    host,
    address,
    `${host}[${address}]`,
    `${host}:${port}`,
    `${address}:${port}`,
    `[${address}]:${port}`
  ]
  return host !== undefined && names.includes(asked)
}

function isSink({ file, command, service }: Condition, reply: string): boolean {
  return (
    (file === undefined || reply === `(delivered to file: ${file})`) &&
    (command === undefined || reply === `(delivered to command: ${command})`) &&
    (service === undefined || reply === `(delivered via ${service} service)`)
  )
}
