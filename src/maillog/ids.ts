import type { Line } from './line.ts'
import type { Message } from './message.ts'

/** A power of two. Small: a log may name any number of hosts and programs that have no messages. */
const fewest = 16

/**
 * The messages of a mail system by their queue IDs, found by the bytes of a line: a Map would want a string for each
 * line of a log. A table with open addresses, half empty at the least.
 */
export class Ids {
  #slots: (Message | undefined)[] = emptySlots(fewest)
  #size = 0

  /** The message whose ID a line begins with. */
  at({ bytes, idStart, idEnd, idHash }: Line): Message | undefined {
    return this.#slots[this.#placeOf(idHash, bytes, idStart, idEnd)]
  }

  /** The message whose ID stands in a place. */
  in(bytes: Uint8Array, start: number, end: number): Message | undefined {
    return this.#slots[this.#placeOf(hashOf(bytes, start, end), bytes, start, end)]
  }

  get(id: string): Message | undefined {
    return this.in(Buffer.from(id, 'latin1'), 0, id.length)
  }

  /** @returns the message that had its ID before */
  set(message: Message): Message | undefined {
    const place = this.#placeOfSame(message)
    const former = this.#slots[place]
    this.#slots[place] = message
    if (!former && 2 * ++this.#size > this.#slots.length) this.#grow()
    return former
  }

  /** Unless another message has its ID by now. */
  delete(message: Message) {
    const slots = this.#slots
    const last = slots.length - 1
    let free = this.#placeOfSame(message)
    if (slots[free] !== message) return
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
    this.#slots = emptySlots(fewest)
    this.#size = 0
  }

  some(isWanted: (message: Message) => boolean): boolean {
    return this.#slots.some(message => message !== undefined && isWanted(message))
  }

  /** In the order of their first lines. */
  values(): Message[] {
    return this.#slots.filter(message => message !== undefined).sort((one, other) => one.mark - other.mark)
  }

  #placeOfSame({ bytes, idEnd, idHash }: Message): number {
    return this.#placeOf(idHash, bytes, 0, idEnd)
  }

  #placeOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots
    let place = hash & (slots.length - 1)
    for (; ; place = (place + 1) & (slots.length - 1)) {
      const message = slots[place]
      if (message === undefined) return place
      if (message.idHash !== hash || message.idEnd !== end - start) continue
      const known = message.bytes
      let at = start
      while (at < end && bytes[at] === known[at - start]) at++
      if (at === end) return place
    }
  }

  #grow() {
    const messages = this.values()
    this.#slots = emptySlots(2 * this.#slots.length)
    for (const message of messages) this.#slots[this.#placeOfSame(message)] = message
  }
}

function emptySlots(length: number): undefined[] {
  return Array.from({ length }, () => undefined)
}

export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0
  for (let at = start; at < end; at++) hash = hashed(hash, bytes[at] as number)
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
