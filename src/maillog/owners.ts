import type { Attempt } from './attempt.ts'

/** Whose addresses stand behind the recipients of a message that others were handed on in. */
export class Owners {
  /** What handed the first of them on, and what was said of it where the message came in. */
  readonly #handing: Attempt
  readonly #first: Attempt
  /** Of all by address, and in order, where there are more than one. */
  #byAddress: Map<string, Attempt> | undefined
  #all: Attempt[] | undefined

  constructor(handing: Attempt, first: Attempt) {
    this.#handing = handing
    this.#first = first
  }

  get all(): Attempt[] {
    return this.#all ?? [this.#first]
  }

  add(handing: Attempt, first: Attempt) {
    this.#byAddress ??= new Map([[this.#handing.to, this.#first]])
    this.#byAddress.set(handing.to, first)
    this.#all ??= [this.#first]
    this.#all.push(first)
  }

  of(attempt: Attempt): Attempt | undefined {
    if (this.#byAddress) return this.#byAddress.get(attempt.owner)
    return attempt.isOwnedBy(this.#handing) ? this.#first : undefined
  }
}
