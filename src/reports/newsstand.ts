import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Database, Language } from '../database/tables.ts'
import { type Document, type Drawing, drawingsOf, toDocument } from './documents.ts'
import { composeNews, readRows } from './news.ts'

/** Milliseconds for which what was read of the database is good; from half of it on it is read anew behind. */
const goodFor = 1_000
/** Milliseconds that a visitor waits for the database when there is an older copy to show. */
const patience = 1_000

type Copy = {
  /** What it was made of, to see whether anything changed. */
  source: string
  drawings: Map<string, Drawing>
  /** Finished ones, as they are asked for: never more than there are documents, in two languages. */
  finished: Map<string, Document>
  readAt: number
}

/**
 * Finished public documents in memory. One question at a time goes to the database, however many visitors there are,
 * unknown addresses too; while the database is away, what was read last is given.
 */
export function openNewsstand(config: Config, db: Database, log: (error: unknown) => void) {
  let copy: Copy | undefined
  let reading: Promise<Copy> | undefined
  // The one that is under way takes too long to wait for.
  let late = false

  /** @returns undefined for what nobody may read, which does not tell whether it is there */
  async function find(name: string, language: Language, shared: boolean): Promise<Document | undefined> {
    const { drawings, finished } = await freshCopy()
    const key = `${name} ${language} ${shared}`
    const known = finished.get(key)
    if (known) return known
    const drawing = drawings.get(name)
    if (!drawing) return undefined
    const document = toDocument(drawing, config, language, { shared })
    finished.set(key, document)
    return document
  }

  function freshCopy(): Copy | Promise<Copy> {
    const age = copy ? performance.now() - copy.readAt : Number.POSITIVE_INFINITY
    if (age > goodFor / 2) reading ??= read()
    if (!reading || (copy && (late || age < goodFor))) return copy as Copy
    return copy ? soonOr(reading, copy) : reading
  }

  async function soonOr(fresh: Promise<Copy>, stale: Copy): Promise<Copy> {
    const waiting = new AbortController()
    const given = sleep(patience, stale, { signal: waiting.signal, ref: false }).then(() => {
      late = reading !== undefined
      return stale
    })
    given.catch(() => {})
    const found = await Promise.race([fresh, given])
    waiting.abort()
    return found
  }

  async function read(): Promise<Copy> {
    try {
      const rows = await readRows(db)
      const source = JSON.stringify(rows)
      if (copy?.source !== source)
        copy = { source, drawings: drawingsOf(composeNews(rows)), finished: new Map(), readAt: 0 }
      copy.readAt = performance.now()
      return copy
    } catch (error) {
      if (!copy) throw error
      log(error)
      copy.readAt = performance.now()
      return copy
    } finally {
      reading = undefined
      late = false
    }
  }

  return { find }
}
