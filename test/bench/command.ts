import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

const cli = path.join(import.meta.dirname, '../../src/cli.ts')

/** Runs `mypage …` to its end; `rss` is the most memory it had, in MB, where the system tells (Linux). */
export async function timeCommand(databaseUrl: string, ...args: string[]) {
  const start = performance.now()
  const env = { ...process.env, DATABASE_URL: databaseUrl, PORTAL_SECRET: 'x'.repeat(32) }
  const child = spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  let rss = 0
  const watch = setInterval(() => {
    rss = peakMemory(child.pid) ?? rss
  }, 50)
  const code = await new Promise(resolve => child.on('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`mypage ${args.join(' ')} ended with ${code}`)
  return { seconds: (performance.now() - start) / 1000, rss }
}

function peakMemory(pid: number | undefined): number | undefined {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found ? Math.round(Number(found[1]) / 1024) : undefined
  } catch {
    return undefined
  }
}
