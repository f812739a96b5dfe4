import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseAway, isDeadlock } from '../database/away.ts'
import type { Database } from '../database/tables.ts'
import { beginSending, type Claimed, claimNotices } from './claim.ts'
import { type Ended, endSending, noteRefusals, releaseNotices } from './ending.ts'
import { fallBack } from './fall-back.ts'
import type { Pace } from './pace.ts'

/** Milliseconds after which an end is written down at the latest. */
const flushing = 100
/** Between two tries while the database is away, in milliseconds, and how many there are: two minutes. */
const pause = 500
const tries = 240

/** Until somebody looks again whether the sending is still paused, in milliseconds. */
const paused = 1_000

type Owner = {
  incidentId: string
  worker: string
  portion: number
  /** Is told how fast all may send at the moment. */
  onPace?: ((pace: Pace) => void) | undefined
}

/**
 * What a worker sends next, and what became of it. Notices are taken by the hundred, committed as being sent in
 * portions, ahead of the lanes that send them, and their ends written down in portions too.
 */
export class Outbox {
  readonly #db: Database
  readonly #owner: Owner
  #claimed: Claimed[] = []
  #begun: Claimed[] = []
  #refilling: Promise<number> | undefined
  #ended: { notice: Claimed; ended: Ended }[] = []
  #flushing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #failure: unknown

  constructor(db: Database, owner: Owner) {
    this.#db = db
    this.#owner = owner
  }

  /** @returns a notice that is committed as being sent; or milliseconds to wait, 0 when none is due */
  async take(): Promise<Claimed | number> {
    if (this.#failure) throw this.#failure
    for (;;) {
      const notice = this.#begun.shift()
      if (this.#begun.length < this.#owner.portion / 2) this.#refilling ??= this.#refill()
      if (notice) return notice
      const wait = await this.#refilling
      if (this.#begun.length === 0) return wait ?? 0
    }
  }

  #refill(): Promise<number> {
    const refilled = this.#fill()
    // Told to who takes next.
    refilled.catch(error => (this.#failure ??= error))
    return refilled.finally(() => (this.#refilling = undefined))
  }

  async #fill(): Promise<number> {
    const { incidentId, worker, portion } = this.#owner
    if (this.#claimed.length === 0) {
      const claim = { incidentId, worker, limit: 10 * portion }
      const { claimed, pace } = await insist(() => claimNotices(this.#db, claim))
      if (pace) this.#owner.onPace?.(pace)
      if (claimed.length === 0) return pace?.wait ?? paused
      this.#claimed = claimed
    }
    const next = this.#claimed.splice(0, portion)
    const mine = await insist(() => beginSending(this.#db, worker, next))
    this.#begun.push(...next.filter(({ id }) => mine.has(id)))
    return 0
  }

  end(notice: Claimed, ended: Ended) {
    this.#ended.push({ notice, ended })
    if (this.#ended.length >= this.#owner.portion) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), flushing)
  }

  /** @returns when all that has ended so far is written down */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const ended = this.#ended.splice(0)
    if (ended.length > 0)
      this.#flushing = this.#flushing
        .then(() => this.#write(ended))
        .catch(error => void (this.#failure ??= error))
    return this.#flushing
  }

  async #write(all: { notice: Claimed; ended: Ended }[]) {
    const rows = all.map(({ notice: { account_id, id, domain }, ended }) => ({
      account_id,
      id,
      domain,
      ...ended
    }))
    await insist(() => endSending(this.#db, this.#owner.worker, rows))
    const domainsOf = (asked: Ended['outcome']) =>
      new Set(rows.filter(({ outcome }) => outcome === asked).map(({ domain }) => domain))
    // One that takes others meanwhile does not refuse them all.
    const refused = domainsOf('deferred').difference(domainsOf('accepted'))
    await insist(() => noteRefusals(this.#db, [...refused]))
    if (all.some(({ ended }) => ended.outcome === 'failed'))
      await insist(() => fallBack(this.#db, this.#owner.incidentId))
  }

  /** Writes down what has ended, and gives back what was not handed over. */
  async close() {
    await this.#refilling?.catch(() => {})
    for (const notice of this.#begun.splice(0)) this.end(notice, { outcome: 'returned', response: '' })
    await this.flush()
    await insist(() => releaseNotices(this.#db, this.#owner.worker))
    if (this.#failure) throw this.#failure
  }
}

/** The database may be restarted: what became of messages must not be lost by that. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === tries || !(isDatabaseAway(error) || isDeadlock(error))) throw error
      await sleep(pause)
    }
  }
}
