import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const secret = 'a secret of the benchmarks, long enough'

export type Server = { url: string; pid: number; stop: () => Promise<void> }

/** Starts a server of this project in a process of its own, and waits until it answers. */
export async function startServer(file: string, port: number, databaseUrl: string): Promise<Server> {
  const settings = { DATABASE_URL: databaseUrl, PORTAL_SECRET: secret, PORT: String(port), LOG_LEVEL: 'warn' }
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../..', file)], {
    env: { ...process.env, ...settings },
    stdio: 'inherit'
  })
  const url = `http://127.0.0.1:${port}`
  for (let attempt = 0; attempt < 100; attempt++) {
    const answered = await fetch(url).catch(() => undefined)
    if (answered) return { url, pid: Number(child.pid), stop: () => stop(child) }
    await sleep(100)
  }
  await stop(child)
  throw new Error(`${file} did not start`)
}

async function stop(child: ChildProcess) {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** In MB, where the system tells (Linux): now, and at the most so far. */
export function memoryOf(pid: number | undefined): { rss: number; peak: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const told = (name: string) =>
      Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024)
    return { rss: told('VmRSS'), peak: told('VmHWM') }
  } catch {
    return undefined
  }
}
