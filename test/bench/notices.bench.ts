import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
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

const notices = Number(process.env.NOTICES ?? 88_798)
const connections = 10
const port = 2_500 + (process.pid % 1_000)
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }

export const description =
  `${notices} notices through the ledger to Postfix's smtp-sink (Debian's package postfix; without it to a sink of our own), ` +
  `${connections} connections, against a bare nodemailer pool that sends as many ready-made messages, and smtp-source; NOTICES for another number`

type Row = { what: string; wanted: string; measured: string }

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(folder)
  const pool = openPool(server.url, { connections: 2, statementTimeout: 0 })
  const sink = await startSink(path.join(folder, 'sink.log'))
  try {
    await migrate(queriesOn(pool))
    await addAffected(pool, notices)
    Object.assign(process.env, { SMTP_URL: sink.url, MAIL_FROM: 'notice@aoba.example' })
    const planned = await timeCommand(server.url, 'notices', 'plan', 'outage')
    const one = await send(pool, server.url, 1)
    const bare = await sendBare(sink.url)
    const two = await send(pool, server.url, 2)
    const source = await timeSource(sink)
    const speed = notices / one.seconds
    const row = (what: string, wanted: string, measured: string): Row => ({ what, wanted, measured })
    const table = [
      row('to', '', sink.name),
      row('plan', '', `${planned.seconds.toFixed(1)} s`),
      row('one worker', '≤ 180 s for 88,798', `${one.seconds.toFixed(1)} s, ${speed.toFixed(0)}/s`),
      row('its memory', '≤ 200 MB', `${one.rss} MB`),
      row('two workers', '≥ 1.5 times as fast', `${(one.seconds / two.seconds).toFixed(2)} times`),
      row('a bare pool', '', `${(notices / bare).toFixed(0)}/s`),
      row('against it', '≥ 0.5', (bare / one.seconds).toFixed(2)),
      row(
        'smtp-source',
        '',
        source ? `${(notices / source).toFixed(0)}/s` : 'not there: apt-get install postfix'
      )
    ]
    const ratio = bare / one.seconds
    return {
      table,
      result: { name: 'notices', ours: speed, reference: notices / bare, ratio, unit: 'messages/s' }
    }
  } finally {
    await sink.close()
    await pool.end()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startSink(log: string) {
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('smtp-sink', ['-4', ...user, `127.0.0.1:${port}`, '200'], { env, stdio: 'ignore' })
  const ended = new Promise(resolve => child.once('exit', resolve).once('error', resolve))
  const there = await Promise.race([ended.then(() => false), sleep(500, true)])
  if (!there)
    return {
      name: 'a sink of our own: smtp-sink does not run',
      postfix: false,
      ...(await openSink(log, () => false))
    }
  const close = async () => void child.kill()
  return { name: "Postfix's smtp-sink", postfix: true, url: `smtp://127.0.0.1:${port}`, close }
}

/** All of them anew, by some workers at once. */
async function send(pool: pg.Pool, url: string, workers: number) {
  await pool.query(`update notices set state = 'planned', attempts = 0, ended_at = null, response = null`)
  await pool.query('vacuum analyze notices')
  const args = ['notices', 'send', 'outage', '--rate', '100000', '--connections', String(connections)]
  const all = await Promise.all(Array.from({ length: workers }, () => timeCommand(url, ...args)))
  const { rows } = await pool.query(`select count(*)::int as sent from notices where state = 'accepted'`)
  if (rows[0].sent !== notices) throw new Error(`${rows[0].sent} of ${notices} were sent`)
  return {
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
    rss: Math.max(...all.map(({ rss }) => rss))
  }
}

/** @returns seconds that nodemailer's own pool takes for as many copies of one notice */
async function sendBare(url: string): Promise<number> {
  const { message, envelope } = composeNotice(sample, incident, sender)
  const raw = Buffer.from(message)
  const { hostname: host, port: at } = new URL(url)
  const pooled = createTransport({
    pool: true,
    host,
    port: Number(at),
    maxConnections: connections,
    maxMessages: 500
  })
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
  const size = String(4_000)
  const args = [
    '-s',
    String(connections),
    '-m',
    String(notices),
    '-l',
    size,
    '-c',
    '-f',
    'a@aoba.example',
    '-t',
    'b@aoba.example',
    host
  ]
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
