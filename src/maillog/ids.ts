import { type Line, saysAt } from './line.ts'
import type { Message } from './message.ts'

/**
 * The messages of a mail system by their queue IDs, found by the bytes of a line: a Map would want a string for each
 * line of a log. A table with open addresses, half empty at the least.
 */
export class Ids {
  #slots: (Message | undefined)[] = emptySlots(1_024)
  #size = 0

  /** The message whose ID a line begins with. */
  at({ bytes, idStart, idEnd, idHash }: Line): Message | undefined {
    const slots = this.#slots
    for (let place = idHash & (slots.length - 1); ; place = (place + 1) & (slots.length - 1)) {
      const message = slots[place]
      if (message === undefined) return undefined
      const { id } = message
      if (message.idHash === idHash && id.length === idEnd - idStart && saysAt(bytes, idStart, id))
        return message
    }
  }

  get(id: string): Message | undefined {
    return this.#slots[this.#placeOf(id, hashOf(id))]
  }

  /** In the place of another message with its ID. */
  set(message: Message) {
    const place = this.#placeOf(message.id, message.idHash)
    if (this.#slots[place] === undefined) this.#size++
    this.#slots[place] = message
    if (2 * this.#size > this.#slots.length) this.#grow()
  }

  delete(message: Message) {
    const slots = this.#slots
    const last = slots.length - 1
    let free = this.#placeOf(message.id, message.idHash)
    if (slots[free] === undefined) return
    this.#size--
    // What stands behind and could not be found any more moves up.
    for (let place = free; ; ) {
      place = (place + 1) & last
      const next = slots[place]
      if (next === undefined) break
      if (((place - next.idHash) & last) < ((place - free) & last)) continue
      slots[free] = next
      free = place
    }
    slots[free] = undefined
  }

  clear() {
    this.#slots = emptySlots(1_024)
    this.#size = 0
  }

  /** In the order of their first lines. */
  values(): Message[] {
    return this.#slots.filter(message => message !== undefined).sort((one, other) => one.mark - other.mark)
  }

  #placeOf(id: string, hash: number): number {
    const slots = this.#slots
    let place = hash & (slots.length - 1)
    while (slots[place] !== undefined && slots[place]?.id !== id) place = (place + 1) & (slots.length - 1)
    return place
  }

  #grow() {
    const messages = this.values()
    this.#slots = emptySlots(2 * this.#slots.length)
    for (const message of messages) this.#slots[this.#placeOf(message.id, message.idHash)] = message
  }
}

function emptySlots(length: number): undefined[] {
  return Array.from({ length }, () => undefined)
}

/** The hash of an ID: `hashed` over its characters, `mixed` in the end. */
export function hashOf(id: string): number {
  let hash = 0
  for (let at = 0; at < id.length; at++) hash = hashed(hash, id.charCodeAt(at))
  return mixed(hash)
}

export function hashed(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0
}

/** IDs count up: their last characters alone would fill neighbouring places. */
export function mixed(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1)
  return product ^ (product >>> 15)
}
