import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { type Job, type JobResult, runJob } from './job.ts'

const thread = new URL('./scan-thread.ts', import.meta.url)

/**
 * Runs the jobs in threads of their own, as many at once as there are cores. Ends all when one fails.
 * @param onProgress is told some times a second
 */
export async function runJobs(jobs: Job[], onProgress: () => void): Promise<JobResult[]> {
  const results: JobResult[] = []
  const running = new Set<Worker>()
  const waiting = jobs.map((job, at) => ({ job, at }))
  const ticking = setInterval(onProgress, 200)
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      results[next.at] = isPiped(next.job) ? await runJob(next.job) : await runInThread(next.job, running)
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, lane))
    return results
  } catch (error) {
    waiting.length = 0
    for (const worker of running) await worker.terminate()
    throw error
  } finally {
    clearInterval(ticking)
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

function newThread(): Worker {
  // Threads of the garbage collector would take the cores from those of the scan.
  setFlagsFromString('--no-parallel-scavenge')
  return new Worker(thread, { resourceLimits })
}

function runInThread(job: Job, running: Set<Worker>): Promise<JobResult> {
  const worker = idle ?? newThread()
  idle = undefined
  worker.ref()
  running.add(worker)
  worker.postMessage(job)
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => {
      running.delete(worker)
      reject(new Error(`A thread of the scan ended with ${code}.`))
    })
  })
}

/** The files that a job writes. */
export function partsOf({ out }: Pick<Job, 'out'>): string[] {
  return out === undefined ? [] : [`${out}.lost`, `${out}.outcomes`]
}
