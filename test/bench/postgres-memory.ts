import { readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Watches the embedded PostgreSQL of a data folder.
 * @returns a function that ends it and tells the most memory that its processes had together, in MB, pages
 *   that they share counted once; NaN where the system does not tell (only Linux does)
 */
export function watchPostgres(folder: string): () => number {
  const postmaster = readFileSync(path.join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]
  let most = Number.NaN
  const watch = setInterval(() => {
    const own = [String(postmaster), ...childrenOf(postmaster)].map(memoryOf)
    const now = own.reduce(
      (sum, { anonymous }) => sum + anonymous,
      Math.max(...own.map(({ shared }) => shared))
    )
    if (!(most > now)) most = now
  }, 1_000)
  return () => {
    clearInterval(watch)
    return Math.round(most)
  }
}

function childrenOf(pid: string | undefined): string[] {
  return read(`/proc/${pid}/task/${pid}/children`).trim().split(' ')
}

function memoryOf(pid: string) {
  const status = read(`/proc/${pid}/status`)
  const told = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024
  return { anonymous: told('RssAnon'), shared: told('RssShmem') }
}

/** Empty for a process that has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
