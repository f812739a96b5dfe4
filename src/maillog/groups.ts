import type { Kind } from './kinds.ts'
import type { Mark } from './message.ts'
import type { Outcome } from './outcomes.ts'

const hour = 3_600_000

/** Outcomes of the same look. */
export type Group = {
  kind: Kind
  program: string
  relay: string
  status: string
  dsn: string
  /** The reply with what differs from message to message left out. */
  shape: string
  count: number
  /** Of them, those inside and before the window. */
  inside: number
  before: number
  /** Counts by the hour, in hours since the epoch. */
  hours: Map<number, number>
  example: Mark
}

/** Counts outcomes by program, relay, status, code and the shape of the reply: so a wrong relay shows. */
export class Groups {
  readonly groups = new Map<string, Group>()
  readonly #shapes = new Map<string, string>()
  readonly #window: { from: number; to: number }

  constructor(window: { from: number; to: number }) {
    this.#window = window
  }

  note({ kind, program, relay, status, dsn, reply, count, time, mark }: Outcome) {
    const shape = this.#shapeOf(reply)
    const key = `${kind}\n${program}\n${relay}\n${status}\n${dsn}\n${shape}`
    let group = this.groups.get(key)
    if (!group) {
      const counts = { count: 0, inside: 0, before: 0, hours: new Map() }
      group = { kind, program, relay, status, dsn, shape, ...counts, example: mark }
      this.groups.set(key, group)
    }
    group.count += count
    if (time < this.#window.from) group.before += count
    else if (time < this.#window.to) group.inside += count
    const at = Math.floor(time / hour)
    group.hours.set(at, (group.hours.get(at) ?? 0) + count)
  }

  #shapeOf(reply: string): string {
    const queued = reply.indexOf('queued as ')
    const told = queued === -1 ? reply : reply.slice(0, queued + 10)
    const known = this.#shapes.get(told)
    if (known !== undefined) return known
    const shape = shapeOf(told)
    if (this.#shapes.size < 10_000) this.#shapes.set(told, shape)
    return shape
  }
}

/** What a reply is looked at; an address may stand behind a long sentence. */
const looked = 400
const shown = 100

const address = /[^\s<>()[\]",;:=]+@[^\s<>()[\]",;]+/g
/** No path, and no version of a program: it ends in letters. */
const domain = /(?<![\w./@-])(?:[\w-]+\.)+[a-z][a-z-]+(?![\w./@-])/gi

/** Codes stay; addresses, domains, and other words with digits, become `…`. */
export function shapeOf(reply: string): string {
  const [codes = ''] = /^\(?(?:\d{3}[ -])?(?:\d\.\d\.\d+ )?/.exec(reply) ?? []
  const shape = reply
    .slice(codes.length, looked)
    .replace(/<[^>]*>?/g, '<…>')
    .replace(address, '…')
    .replace(domain, '…')
    .replace(/[\w+/-]{16,}/g, '…')
    .replace(/[\w+=-]*\d[\w+=.:-]*/g, '…')
  return codes + shape.slice(0, shown)
}
