import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const cli = path.join(import.meta.dirname, '../../src/cli.ts')
const minute = 60_000
/** Time of the first line of every log here. */
export const start = Date.parse('2026-11-20T00:00:00Z')
const deadline = 20_000

export function watchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-watch-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export type Delivery = { to: string; program: string; relay: string; status: string }
let number = 0

/** How mail is delivered on a day that is normal: to one of two stores. */
export function toStore(user = 'hanako', domain = 'aoba.example'): Delivery {
  const store = 1 + (user.length % 2)
  const said = `250 2.0.0 <${user}@${domain}> ${(++number).toString(36)}AAAAAsaje+g Saved`
  const relay = `store${store}.aoba.example[10.0.3.${store}]:24`
  return { to: `${user}@${domain}`, program: 'lmtp', relay, status: `sent (${said})` }
}

export function discarded(to = 'hanako@aoba.example'): Delivery {
  return { to, program: 'discard', relay: 'none', status: 'sent (aoba.example)' }
}

/** The lines of a message that is accepted at a time; without a delivery there is no word of it. */
export function message(at: number, delivery?: Delivery): string[] {
  const id = `4Q${(++number).toString(36).padStart(6, '0')}`.toUpperCase()
  const say = (program: string, words: string) =>
    `${new Date(at).toISOString()} mx1 postfix/${program}[101]: ${id}: ${words}`
  const arrived = [
    say('smtpd', 'client=mx.sender.example[192.0.2.25]'),
    say('cleanup', `message-id=<${id}@sender.example>`),
    say('qmgr', 'from=<shop@sender.example>, size=1000, nrcpt=1 (queue active)')
  ]
  if (!delivery) return arrived
  const { to, program, relay, status } = delivery
  const dsn = status.startsWith('sent') ? '2.0.0' : '4.4.1'
  const told = `to=<${to}>, relay=${relay}, delay=0.1, delays=0/0/0/0.1, dsn=${dsn}, status=${status}`
  const removed = status.startsWith('sent') ? [say('qmgr', 'removed')] : []
  return [...arrived, say(program, told), ...removed]
}

/** Minutes with two messages each, from one after `start` to another; a delivery is asked for each. */
export function minutes(from: number, to: number, deliver: (at: number) => Delivery | undefined = usual) {
  const lines: string[] = []
  for (let at = from; at < to; at++)
    for (const second of [10, 40]) lines.push(...message(start + at * minute + second * 1_000, deliver(at)))
  return lines
}

const usual = (at: number) => toStore(at % 3 ? 'hanako' : 'taro', at % 4 ? 'aoba.example' : 'akane.example')

export function write(file: string, lines: string[]): string {
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

export function append(file: string, lines: string[]) {
  appendFileSync(file, `${lines.join('\n')}\n`)
}

type Watched = {
  stdout: string
  stderr: string
  code: number | null
  /** Waits until the output says something. */
  says: (words: RegExp) => Promise<void>
  /** As Ctrl-C does. */
  stop: () => Promise<void>
  ended: Promise<void>
}

/** Runs `mypage watch …` on the logs' own time; without settings there is no database. */
export function watch(args: string[], settings: Record<string, string> = {}): Watched {
  const env = { ...process.env, DATABASE_URL: 'postgres://nowhere.invalid/none', ...settings }
  const child = spawn(process.execPath, [cli, 'watch', ...args, '--zone', 'UTC'], { env })
  after(() => child.kill('SIGKILL'))
  const watched: Watched = {
    ...{ stdout: '', stderr: '', code: null },
    async says(words) {
      const until = Date.now() + deadline
      while (!words.test(watched.stdout + watched.stderr)) {
        assert.ok(
          Date.now() < until && watched.code === null,
          `no ${words} in:\n${watched.stdout}\n${watched.stderr}`
        )
        await sleep(20)
      }
    },
    async stop() {
      child.kill('SIGINT')
      await watched.ended
    },
    ended: new Promise(resolve =>
      child.on('close', code => {
        watched.code = code
        resolve()
      })
    )
  }
  child.stdout.on('data', data => (watched.stdout += data))
  child.stderr.on('data', data => (watched.stderr += data))
  return watched
}

/** Reads logs to their end. */
export async function watchOnce(args: string[], settings?: Record<string, string>): Promise<Watched> {
  const watched = watch([...args, '--once'], settings)
  await watched.ended
  assert.equal(watched.code, 0, watched.stderr)
  return watched
}

/** The first lines of what was told: `ALARM  …`, `STILL  …`, `OVER  …`. */
export function words({ stdout }: Pick<Watched, 'stdout'>): string[] {
  return stdout.split('\n').filter(line => /^[A-Z]{4,5} /.test(line))
}
