import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { FastifyBaseLogger } from 'fastify'
import PQueue from 'p-queue'
import type { Actor } from '../audit/record.ts'
import { nameOf } from '../audit/record.ts'
import type { CoverageGap, Database } from '../database/tables.ts'
import type { Incident } from '../incidents/queries.ts'
import type { Portal } from '../web/portal.ts'
import { giveUpJob, insertJob, updateJob } from './queries.ts'
import { removeUpload } from './upload.ts'

export type LoadWanted = {
  incident: Incident
  folder: string
  files: string[]
  gaps: CoverageGap[]
  actor: Actor
}

/** What the thread tells: how far it is, then once what came of it. */
export type Told =
  | { step: string; done: number; total: number }
  | { version: number; fresh: boolean; lines: string[] }
  | { failure: string }

/** Milliseconds between two times that the page can show something new. */
const beat = 1_000

/** In this process: one load takes a core, and pages come first. */
const queue = new PQueue({ concurrency: 1 })
const loadsAtMost = 5

/** Folders of those that wait for their turn, and what runs, by job. */
const waiting = new Map<string, string>()
const running = new Map<string, { worker: Worker; folder: string }>()

/** How far a load is; nothing while it waits. */
type Step = { step?: string; done?: number; total?: number }

/**
 * Loads files in a thread of this process, which leaves pages alone, and removes them at its end. How far it
 * is, and what came of it, stands in the table of jobs.
 */
export async function startLoad({ db, url }: Portal, log: FastifyBaseLogger, wanted: LoadWanted) {
  const { incident, folder, files, actor } = wanted
  const names = files.map(file => path.basename(file)).join(', ')
  const { id } = await insertJob(db, { incident_id: incident.id, by: nameOf(actor), files: names })
  let latest: Step = {}
  const beating = setInterval(() => {
    updateJob(db, id, latest).catch(error => log.error({ err: error }, 'a load cannot tell how far it is'))
  }, beat)
  waiting.set(id, folder)
  queue
    .add(() => (waiting.delete(id) ? run() : undefined))
    .catch(error => log.error({ err: error }, 'a load cannot tell what came of it'))
    .finally(() => clearInterval(beating))

  async function run() {
    const worker = new Worker(new URL('./load-thread.ts', import.meta.url), { workerData: { url, wanted } })
    running.set(id, { worker, folder })
    let ended: Told | undefined
    worker.on('message', (told: Told) => {
      if ('step' in told) latest = told
      else ended = told
    })
    worker.on('error', error => log.error({ err: error }, 'a load failed'))
    // Not once() of node:events, which a failure would end before the exit.
    await new Promise(resolve => worker.once('exit', resolve))
    clearInterval(beating)
    if (!running.delete(id)) return
    await finish(ended).finally(() => removeUpload(folder))
  }

  async function finish(ended: Told | undefined) {
    if (!ended || 'step' in ended) return updateJob(db, id, { state: 'failed' })
    // Where the files lay is of no interest, and there is no command to give options to.
    const readable = (text: string) =>
      text.replaceAll(`${folder}${path.sep}`, '').replaceAll('; --problems FILE lists them all', '')
    if ('failure' in ended) return updateJob(db, id, { state: 'failed', message: readable(ended.failure) })
    const { version, fresh, lines } = ended
    const message = readable(lines.join('\n'))
    return updateJob(db, id, { state: 'done', scope_version: version, fresh, message })
  }
}

/** Whether more loads may wait: each is a copy of files, and a thread's memory when its turn comes. */
export function mayLoad(): boolean {
  return queue.size + queue.pending < loadsAtMost
}

/** Ends all loads of this process with it: nothing was loaded by them. */
export async function endLoads(db: Database) {
  const loads = [
    ...[...waiting].map(([id, folder]) => ({ id, folder, worker: undefined })),
    ...[...running].map(([id, load]) => ({ id, ...load }))
  ]
  waiting.clear()
  running.clear()
  for (const { id, folder, worker } of loads) {
    await worker?.terminate()
    await giveUpJob(db, id)
    await removeUpload(folder)
  }
}
