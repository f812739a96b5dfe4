import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../database/tables.ts'
import { queueState } from '../sign-in/admission.ts'
import { forgetQueues, sumQueues, tellQueue } from './queries.ts'

/** Milliseconds between two times that the others are told. */
const interval = 2_000
const ownName = randomUUID()

/** The queue of the logins in this process, and in all others that have one. */
export async function readQueues(db: Database) {
  const [own, others] = [queueState(), await sumQueues(db, ownName)]
  return { own, others }
}

/** Tells the other processes how long the queue is here, as long as there is one. */
export function useQueueReports(app: FastifyInstance, db: Database) {
  let told = false
  const tell = async () => {
    const state = queueState()
    if (state.waiting + state.running > 0) await tellQueue(db, ownName, state)
    else if (told) await forgetQueues(db, ownName)
    told = state.waiting + state.running > 0
  }
  const timer = setInterval(() => tell().catch(error => app.log.error(error)), interval)
  app.addHook('onClose', async () => {
    clearInterval(timer)
    if (told) await forgetQueues(db, ownName).catch(error => app.log.error(error))
  })
}
