import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

/** What is counted by the minute. `throttled` and `turned away` are logins whose password nobody looked at. */
export const activities = ['login', 'refused', 'throttled', 'turned away', 'verdict seen', 'error'] as const
export type What = (typeof activities)[number]

/** Milliseconds between two times that counts go to the database. */
const interval = 2_000

const counts = new Map<string, { minute: Date; what: What; count: number }>()

/** Counts in memory: a rush must not wait for its own statistics. */
export function countActivity(what: What) {
  const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000)
  const key = `${minute.getTime()} ${what}`
  const known = counts.get(key)
  if (known) known.count++
  else counts.set(key, { minute, what, count: 1 })
}

/** Adds the counts of this process to those of all; what the database cannot take now is counted later. */
export async function keepActivity(db: Database) {
  const taken = [...counts.values()].filter(({ count }) => count > 0)
  if (taken.length === 0) return
  counts.clear()
  try {
    await db
      .insertInto('activity')
      .values(taken.map(each => ({ ...each, last_at: sql<Date>`now()` })))
      .onConflict(conflict =>
        conflict.columns(['minute', 'what']).doUpdateSet({
          count: sql`activity.count + excluded.count`,
          last_at: sql`excluded.last_at`
        })
      )
      .execute()
  } catch (error) {
    for (const { minute, what, count } of taken) {
      const key = `${minute.getTime()} ${what}`
      counts.set(key, { minute, what, count: count + (counts.get(key)?.count ?? 0) })
    }
    throw error
  }
}

/**
 * Keeps the counts every other second, and once more at the end. Of the answers it counts the errors; a login that
 * was turned away is counted as that alone. For the pages that are registered after it.
 */
export function useActivity(app: FastifyInstance, db: Database) {
  app.addHook('onResponse', async ({ routeOptions }, { statusCode }) => {
    const turnedAway = statusCode === 503 && routeOptions.url?.startsWith('/login/')
    if (statusCode >= 500 && !turnedAway) countActivity('error')
  })
  const keep = () => keepActivity(db).catch(error => app.log.error(error))
  const timer = setInterval(keep, interval)
  app.addHook('onClose', async () => {
    clearInterval(timer)
    await keep()
  })
}
