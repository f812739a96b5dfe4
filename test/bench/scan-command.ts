import { type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { memoryOf } from './processes.ts'
import type { day } from './scan-logs.ts'

const cli = path.join(import.meta.dirname, '../../src/cli.ts')
const longest = 600_000

/**
 * Runs `mypage scan` to its end, without any database.
 * @returns seconds, the whole process included, by the clock and of the cores; the most memory it had, in
 *   MB; its lost-mail file
 */
export async function timeScan(files: string[], { from, to }: typeof day, rules?: string) {
  const out = path.join(path.dirname(files[0] as string), 'lost-mail.csv')
  const args = ['scan', ...files, '--from', from, '--to', to, '--zone', 'Asia/Tokyo', '--out', out]
  if (rules) args.push('--rules', rules)
  const { DATABASE_URL: _, ...env } = process.env
  const stdio: SpawnOptions['stdio'] = ['ignore', 'ignore', 'inherit']
  return { ...(await time(process.execPath, [cli, ...args], { env, stdio })), out }
}

/** The same of pflogsumm; undefined where it is not installed. */
export async function timePflogsumm(file: string) {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  try {
    return await time('pflogsumm', [file], { env, stdio: 'ignore' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function time(command: string, args: string[], options: SpawnOptions) {
  const start = performance.now()
  const child = spawn(command, args, { ...options, timeout: longest })
  let [rss, cores] = [0, 0]
  const watch = setInterval(() => {
    rss = memoryOf(child.pid)?.peak || rss
    cores = coreSecondsOf(child.pid) || cores
  }, 50)
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject)).finally(
    () => clearInterval(watch)
  )
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`)
  return { seconds: (performance.now() - start) / 1000, cores, rss }
}

/** What it used of the cores so far, where the system tells (Linux): on a busy machine that says more. */
function coreSecondsOf(pid: number | undefined): number {
  try {
    const [user, system] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? []
    return (Number(user) + Number(system)) / 100
  } catch {
    return 0
  }
}
