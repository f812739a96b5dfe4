import { execFile, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import type pg from 'pg'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { composeNotice } from '../../src/notices/message.ts'
import { addAffected } from '../helpers/notice-faults.ts'
import { openSink } from '../helpers/smtp-sink.ts'
import { timeCommand } from './command.ts'
import { processorTime } from './processor.ts'

const notices = Number(process.env.NOTICES ?? 88_798)
const connections = 10
/** Milliseconds after which a mail server answers that writes to a disk, and how many it gets. */
const delay = 20
const slowly = 20_000
const port = 2_500 + (process.pid % 1_000)
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }

export const description =
  `${notices} notices through the ledger to Postfix's smtp-sink (Debian's package postfix; without it to a sink of our own), ` +
  `${connections} connections, against a bare nodemailer pool that sends as many ready-made messages, and smtp-source; to a sink that answers late; with DKIM. NOTICES for another number`

type Row = { what: string; wanted: string; measured: string; 'core-s: senders, PostgreSQL, sink': string }
type Sink = {
  name: string
  postfix: boolean
  url: string
  pid: number | undefined
  close: () => Promise<void>
}
type Place = { pool: pg.Pool; url: string; postmaster: number }

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(folder)
  const pool = openPool(server.url, { connections: 2, statementTimeout: 0 })
  const postmaster = Number(readFileSync(path.join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
  const place = { pool, url: server.url, postmaster }
  const sink = await startSink(path.join(folder, 'sink.log'))
  const slow = await startSlowSink()
  try {
    await migrate(queriesOn(pool))
    await addAffected(pool, notices)
    process.env.MAIL_FROM = 'notice@aoba.example'
    const planned = await timeCommand(server.url, 'notices', 'plan', 'outage')
    const one = await send(place, sink, { workers: 1, messages: notices })
    const bare = await sendBare(sink.url)
    const two = await send(place, sink, { workers: 2, messages: notices })
    const source = await timeSource(sink)
    const few = Math.min(notices, slowly)
    const slowOne = await send(place, slow, { workers: 1, messages: few })
    const slowTwo = await send(place, slow, { workers: 2, messages: few })
    const dkim = { ...keyIn(folder), workers: 1, messages: few }
    const signed = await send(place, sink, dkim)
    const ratio = bare / one.seconds
    const table = [
      row('plan', '', `${planned.seconds.toFixed(1)} s`),
      row(`to ${sink.name}: one worker`, '≤ 180 s for 88,798', timesOf(one), one.core),
      row('its memory', '≤ 200 MB', `${one.rss} MB`),
      row('two workers', '≥ 1.5 times as fast', timesOf(two, one), two.core),
      row('a bare pool', '', `${(notices / bare).toFixed(0)}/s`),
      row('one worker against it', '≥ 0.5', ratio.toFixed(2)),
      row(
        'smtp-source',
        '',
        source ? `${(notices / source).toFixed(0)}/s` : 'not there: apt-get install postfix'
      ),
      row(`to one that answers after ${delay} ms: one worker`, '', timesOf(slowOne), slowOne.core),
      row('two workers', '≥ 1.5 times as fast', timesOf(slowTwo, slowOne), slowTwo.core),
      row('signed with DKIM, RSA of 2,048 bits', '', timesOf(signed), signed.core),
      row('its memory', '≤ 200 MB', `${signed.rss} MB`)
    ]
    const speed = notices / one.seconds
    return {
      table,
      result: { name: 'notices', ours: speed, reference: notices / bare, ratio, unit: 'messages/s' }
    }
  } finally {
    for (const one of [slow, sink]) await one.close()
    await pool.end()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

function row(what: string, wanted: string, measured: string, core = ''): Row {
  return { what, wanted, measured, 'core-s: senders, PostgreSQL, sink': core }
}

type Sent = { messages: number; seconds: number; rss: number; core: string }

function timesOf({ messages, seconds }: Sent, than?: Sent): string {
  const times = than ? `, ${(than.seconds / seconds).toFixed(2)} times` : ''
  return `${seconds.toFixed(1)} s, ${(messages / seconds).toFixed(0)}/s${times}`
}

async function startSink(log: string): Promise<Sink> {
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('smtp-sink', ['-4', ...user, `127.0.0.1:${port}`, '200'], { env, stdio: 'ignore' })
  const ended = new Promise(resolve => child.once('exit', resolve).once('error', resolve))
  const there = await Promise.race([ended.then(() => false), sleep(500, true)])
  if (!there)
    return {
      name: 'a sink of our own (smtp-sink does not run)',
      ...{ postfix: false, pid: undefined },
      ...(await openSink(log, () => false))
    }
  const close = async () => void child.kill()
  return { name: 'smtp-sink', postfix: true, url: `smtp://127.0.0.1:${port}`, pid: child.pid, close }
}

async function startSlowSink(): Promise<Sink> {
  const script = path.join(import.meta.dirname, 'slow-sink.ts')
  const child = spawn(process.execPath, [script, String(port + 1), String(delay)], { stdio: 'inherit' })
  await sleep(1_000)
  const close = async () => void child.kill()
  return { name: 'slow', postfix: false, url: `smtp://127.0.0.1:${port + 1}`, pid: child.pid, close }
}

function keyIn(folder: string) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const file = path.join(folder, 'dkim.pem')
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return { DKIM_DOMAIN: 'aoba.example', DKIM_SELECTOR: 'bench', DKIM_KEY_FILE: file }
}

type Asked = { workers: number; messages: number; [setting: `DKIM_${string}`]: string }

/** So many anew, by some workers at once. */
async function send({ pool, url, postmaster }: Place, sink: Sink, asked: Asked): Promise<Sent> {
  const { workers, messages, ...settings } = asked
  await pool.query(
    `update notices set attempts = 0, response = null, claimed_by = null,
      state = case when id <= $1 then 'planned' else 'cancelled' end, ended_at = case when id > $1 then now() end`,
    [messages]
  )
  await pool.query('vacuum analyze notices')
  const before = [processorTime(postmaster), processorTime(sink.pid)]
  Object.assign(process.env, { SMTP_URL: sink.url, ...settings })
  const args = ['notices', 'send', 'outage', '--rate', '100000', '--connections', String(connections)]
  const all = await Promise.all(Array.from({ length: workers }, () => timeCommand(url, ...args)))
  for (const name of Object.keys(settings)) delete process.env[name]
  const after = [processorTime(postmaster), processorTime(sink.pid)]
  const { rows } = await pool.query(`select count(*)::int as sent from notices where state = 'accepted'`)
  if (rows[0].sent !== messages) throw new Error(`${rows[0].sent} of ${messages} were sent`)
  const used = [
    all.reduce((sum, { core }) => sum + core, 0),
    ...after.map((time, at) => time - (before[at] ?? 0))
  ]
  return {
    messages,
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
    rss: Math.max(...all.map(({ rss }) => rss)),
    core: used.map(seconds => seconds.toFixed(0)).join(', ')
  }
}

/** @returns seconds that nodemailer's own pool takes for as many copies of one notice */
async function sendBare(url: string): Promise<number> {
  const { message, envelope } = composeNotice(sample, incident, sender)
  const raw = Buffer.from(message)
  const { hostname: host, port: at } = new URL(url)
  const limits = { maxConnections: connections, maxMessages: 500 }
  const pooled = createTransport({ pool: true, host, port: Number(at), ...limits })
  const start = performance.now()
  let sent = 0
  const lane = async () => {
    while (sent++ < notices) await pooled.sendMail({ envelope, raw })
  }
  await Promise.all(Array.from({ length: 2 * connections }, lane))
  pooled.close()
  return (performance.now() - start) / 1000
}

async function timeSource({ url, postfix }: { url: string; postfix: boolean }): Promise<number | undefined> {
  if (!postfix) return undefined
  const { host } = new URL(url)
  const count = ['-s', String(connections), '-m', String(notices), '-l', '4000', '-c']
  const args = [...count, '-f', 'a@aoba.example', '-t', 'b@aoba.example', host]
  const start = performance.now()
  await promisify(execFile)('smtp-source', args, { env, maxBuffer: 1 << 26 })
  return (performance.now() - start) / 1000
}

const sample = {
  ...{ account_id: '1', id: '1', kind: 'affected', recipient: 'm1@aoba.example', domain: 'aoba.example' },
  ...{
    language: 'ja',
    token: '3f9a22b1-0000-4000-8000-000000000000',
    code: '3F9A-22B1',
    attempts: 1,
    addresses: 1,
    name: '会員1'
  },
  ...{ account_kind: 'individual', listed: [{ email: 'm1@aoba.example', affected: true, lost: 2 }] }
} as const as Parameters<typeof composeNotice>[0]
const incident = {
  ...{ title_ja: '障害', title_en: 'Outage', zone: 'Asia/Tokyo' },
  ...{ starts_at: new Date('2017-04-13T20:06+09:00'), ends_at: new Date('2017-04-13T22:25+09:00') }
}
const sender = {
  ...{ from: 'notice@aoba.example', bounceAddress: 'notice@aoba.example', origin: 'http://127.0.0.1:3000' },
  provider: {
    ...{
      name: { ja: 'あおば通信', en: 'Aoba Communications' },
      logo: '',
      accent: '',
      passwordUrl: '',
      termsUrl: ''
    },
    ...{ phone: '0120-000-000', email: 'support@provider.example' }
  }
}
