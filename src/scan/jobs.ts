import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Job, JobResult } from './job.ts'

const thread = new URL('./scan-thread.ts', import.meta.url)

/**
 * Runs the jobs in threads, as many as there are cores, each of which takes one job after the other; those that read
 * from a pipe run here. Ends all threads when one fails.
 * @param onProgress is told some times a second
 */
export async function runJobs(jobs: Job[], onProgress: () => void): Promise<JobResult[]> {
  const results: JobResult[] = []
  const waiting = jobs.map((job, at) => ({ job, at }))
  const threads: Worker[] = []
  const ticking = setInterval(onProgress, 200)
  const lane = async () => {
    let worker: Worker | undefined
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (isPiped(next.job)) results[next.at] = await runHere(next.job)
      else {
        worker ??= takeThread(threads)
        results[next.at] = await runInThread(next.job, worker)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, lane))
    return results
  } finally {
    waiting.length = 0
    clearInterval(ticking)
    await Promise.all(threads.map(worker => worker.terminate()))
  }
}

// What is read is gone at once: more room for the young takes memory, and no less time.
const resourceLimits = { maxOldGenerationSizeMb: 4_096, maxYoungGenerationSizeMb: 12 }

/** What comes through a pipe was opened here. */
function isPiped({ files }: Job): boolean {
  return files.some(({ log }) => log.bytes === 0)
}

let idle: Worker | undefined

/** Starts a thread, which takes a while, before it is known what there is to read. */
export function startThread() {
  idle = newThread()
  idle.unref()
}

function takeThread(threads: Worker[]): Worker {
  const worker = idle ?? newThread()
  idle = undefined
  worker.ref()
  threads.push(worker)
  return worker
}

function newThread(): Worker {
  // Threads of the garbage collector would take the cores from those of the scan.
  setFlagsFromString('--no-parallel-scavenge')
  return new Worker(thread, { resourceLimits })
}

/** What reads logs is loaded here only when it is needed here. */
async function runHere(job: Job): Promise<JobResult> {
  const { runJob } = await import('./job.ts')
  return runJob(job)
}

async function runInThread(job: Job, worker: Worker): Promise<JobResult> {
  worker.postMessage(job)
  const [result] = await once(worker, 'message')
  return result
}

/** The files that a job writes. */
export function partsOf({ out }: Pick<Job, 'out'>): string[] {
  return out === undefined ? [] : [`${out}.lost`, `${out}.outcomes`]
}
