import { spawn } from 'node:child_process'
import path from 'node:path'
import { memoryOf, secret } from './processes.ts'
import { processorTime } from './processor.ts'

const cli = path.join(import.meta.dirname, '../../src/cli.ts')

/**
 * Runs `mypage …` to its end; `rss` is the most memory it had, in MB, and `core` the seconds of a core that it took,
 * where the system tells (Linux).
 */
export async function timeCommand(databaseUrl: string, ...args: string[]) {
  const start = performance.now()
  const base = { BASE_URL: 'http://127.0.0.1:3000', DATABASE_URL: databaseUrl, PORTAL_SECRET: secret }
  const env = { ...process.env, ...base }
  const child = spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  let [rss, core] = [0, 0]
  const watch = setInterval(() => {
    rss = memoryOf(child.pid)?.peak || rss
    core = processorTime(child.pid) || core
  }, 50)
  const code = await new Promise(resolve => child.on('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`mypage ${args.join(' ')} ended with ${code}`)
  return { seconds: (performance.now() - start) / 1000, rss, core }
}
