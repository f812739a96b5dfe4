import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { record } from '../audit/record.ts'
import { type Config, type DkimKey, type MailSettings, readMailSettings } from '../config.ts'
import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import type { Incident } from '../incidents/queries.ts'
import { knownZone } from '../incidents/time.ts'
import type { Commands } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { showProgress } from '../terminal/progress.ts'
import type { Pace } from './pace.ts'
import { countByState, findSending, hasBegun, setSending } from './queries.ts'
import { readRate } from './steer-commands.ts'
import { sendNotices } from './worker.ts'

type Asked = { connections: string; lease: string; rate?: string }
type Logs = { zone?: string; year?: string; host?: string }

export const sendCommands: Commands = (notices, withPortal) => {
  notices
    .command('send')
    .description('send what is planned; may run several times at once, also on several hosts')
    .argument('<incident>')
    .option('--connections <n>', 'to the mail server at once', '10')
    .option('--rate <n>', 'messages a second, of all that send together; kept until changed')
    .option('--lease <seconds>', 'after which one that sends and says nothing is given up', '300')
    .action((slug: string, asked: Asked) =>
      withPortal(({ db, config }) => send(db, config, { slug, ...asked }), { endsItself: true })
    )

  notices
    .command('reconcile')
    .description('settle by the log of your mail server what became of notices that are unknown')
    .argument('<incident>')
    .argument('<log...>', 'logs of the server at SMTP_URL; as for mypage scan')
    .option('--zone <name>', 'time zone of the logs; that of this machine if not given')
    .option('--year <year>', 'of the first lines, where the logs have none')
    .option('--host <name>', 'whose logs those are that name no host')
    .action((slug: string, names: string[], asked: Logs) =>
      withPortal(({ db }) => settle(db, slug, { names, ...asked }))
    )
}

async function send(
  db: Database,
  config: Config,
  { slug, connections, lease, rate }: Asked & { slug: string }
) {
  const incident = await knownIncident(db, slug)
  const mail = mailOf(config)
  const lanes = Number(connections)
  if (!(Number.isInteger(lanes) && lanes >= 1 && lanes <= 100))
    throw new Failure('--connections: a whole number from 1 to 100')
  if (!(Number(lease) >= 1)) throw new Failure('--lease: a number of seconds, 1 or more')
  const known = await findSending(db, incident.id)
  if (!known) throw new Failure(`First: mypage notices plan ${slug}`)
  // Who paused it has a reason, which a sender that is started again does not know.
  const held = known.paused && (await hasBegun(db, incident.id))
  if (held)
    console.error(`Sending is paused. What lets it go on: mypage notices resume ${slug}, or the desk.`)
  await setSending(db, incident.id, {
    ...(!held && { paused: false }),
    ...(rate !== undefined && { rate: readRate('--rate', rate) })
  })
  await record(db, { actor: commandActor(), action: 'notices sending', incidentId: incident.id })
  await run(db, { incident, mail, config, lanes, lease: Number(lease) })
}

/** @throws Failure in the demo, while nobody is there to catch its mail: it goes nowhere else */
function mailOf(config: Config): MailSettings {
  if (!config.embedded) {
    const { baseUrl, ...mail } = readMailSettings()
    // Where to log in, in each of them.
    if (baseUrl === '')
      throw new Failure('BASE_URL is missing: the notices tell it, and nobody could follow them')
    return mail
  }
  const file = path.join(config.dataDir, 'mail-server')
  if (!existsSync(file))
    throw new Failure(
      'The mail of the demo is caught by npm start: start it, and try again. Or set DATABASE_URL.'
    )
  const from = 'notice@provider.example'
  return { smtpUrl: readFileSync(file, 'utf8').trim(), from, bounceAddress: from }
}

type Running = { incident: Incident; mail: MailSettings; config: Config; lanes: number; lease: number }

async function run(db: Database, { incident, mail, config, lanes, lease }: Running) {
  const { planned = 0, claimed = 0, sending = 0 } = await countByState(db, incident.id)
  const progress = showProgress('Sending', planned + claimed + sending, 'notices')
  const stop = new AbortController()
  // What is under way is brought to its end first: an interrupt leaves nothing unknown.
  const interrupted = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupted)
  let ended = 0
  try {
    await sendNotices(db, {
      ...{ incidentId: incident.id, incident, connections: lanes, lease, smtpUrl: mail.smtpUrl },
      sender: { ...mail, origin: config.origin, provider: config.provider },
      ...(mail.dkim && { sign: await loadSigner(mail.dkim) }),
      worker: `${os.hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`,
      signal: stop.signal,
      onEnded: () => progress.at(++ended),
      onPace: tellPace(),
      onTrouble: problem => console.error(problem)
    })
  } finally {
    progress.end()
  }
  const states = await countByState(db, incident.id)
  for (const [state, notices] of Object.entries(states)) console.log(`${state}: ${count(notices)}`)
  if (stop.signal.aborted) throw new Failure(`Interrupted. To go on: mypage notices send ${incident.slug}`)
}

/** Says once when the login slows it down, when it does no longer, and when a wave is out. */
function tellPace() {
  let [told, waited] = [0, false]
  return ({ brake, rate, betweenWaves, wait }: Pace) => {
    if (betweenWaves && !waited)
      console.error(`A wave is out. The next begins in ${count(Math.ceil(wait / 1_000))} s.`)
    waited = betweenWaves
    if (brake > told) console.error(`The login turns visitors away: slowed down to ${rate} a second.`)
    if (brake < told) console.error(`No longer slowed down so much: up to ${rate} a second.`)
    told = brake
  }
}

/** What signs is loaded where it is asked for. */
async function loadSigner(key: DkimKey) {
  const { signerWith } = await import('./dkim.ts')
  return signerWith(key)
}

async function settle(
  db: Database,
  slug: string,
  { names, zone: asked, year, host }: Logs & { names: string[] }
) {
  const { id } = await knownIncident(db, slug)
  const zone = knownZone(asked ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  if (zone === undefined) throw new Failure(`--zone: there is no time zone "${asked}". One is Asia/Tokyo.`)
  const logs = {
    names,
    zone,
    year: year === undefined ? undefined : Number(year),
    host,
    actor: commandActor()
  }
  const { reconcile } = await import('./reconcile.ts')
  const { accepted, notTaken, left, doubts } = await reconcile(db, id, logs).catch(error => {
    throw new Failure((error as Error).message)
  })
  for (const doubt of doubts) console.error(doubt)
  console.log(`Found in the logs, accepted: ${count(accepted)}`)
  console.log(`Not in the logs, which cover their time; planned again: ${count(notTaken)}`)
  console.log(`Still unknown: ${count(left)}`)
}
