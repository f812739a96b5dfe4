import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { record } from '../audit/record.ts'
import { type Config, type DkimKey, type MailSettings, readMailSettings } from '../config.ts'
import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import type { Incident } from '../incidents/queries.ts'
import { knownZone, readTime } from '../incidents/time.ts'
import type { Commands } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { showProgress } from '../terminal/progress.ts'
import { changeSending, countByState, findSending, type Rates, setSending } from './queries.ts'
import { sendNotices } from './worker.ts'

type Asked = { connections: string; lease: string; rate?: string }
type Changes = { rate?: string; domainRate?: string; deadline?: string }
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
    .command('pause')
    .description('stop sending within a second; what is under way ends')
    .argument('<incident>')
    .action((slug: string) => withPortal(({ db }) => change(db, slug, { paused: true })))

  notices
    .command('resume')
    .description('go on')
    .argument('<incident>')
    .action((slug: string) => withPortal(({ db }) => change(db, slug, { paused: false })))

  notices
    .command('rate')
    .description('change how fast they go out, also while they do')
    .argument('<incident>')
    .option('--rate <n>', 'messages a second, of all that send together')
    .option('--domain-rate <n>', 'messages a second to one domain; 0 for no limit')
    .option('--deadline <time>', 'by when all are to be out: 2017-04-19T18:00')
    .action((slug: string, asked: Changes) => withPortal(({ db }) => changeRates(db, slug, asked)))

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
  if (!(await findSending(db, incident.id))) throw new Failure(`First: mypage notices plan ${slug}`)
  await setSending(db, incident.id, {
    paused: false,
    ...(rate !== undefined && { rate: readRate('--rate', rate) })
  })
  await record(db, { actor: commandActor(), action: 'notices sending', incidentId: incident.id })
  await run(db, { incident, mail, config, lanes, lease: Number(lease) })
}

/** @throws Failure in the demo, while nobody is there to catch its mail: it goes nowhere else */
function mailOf(config: Config): MailSettings {
  if (!config.embedded) return readMailSettings()
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
      onTrouble: problem => console.error(problem)
    })
  } finally {
    progress.end()
  }
  const states = await countByState(db, incident.id)
  for (const [state, notices] of Object.entries(states)) console.log(`${state}: ${count(notices)}`)
  if (stop.signal.aborted) throw new Failure(`Interrupted. To go on: mypage notices send ${incident.slug}`)
}

/** What signs is loaded where it is asked for. */
async function loadSigner(key: DkimKey) {
  const { signerWith } = await import('./dkim.ts')
  return signerWith(key)
}

async function change(db: Database, slug: string, rates: Rates) {
  const { id } = await knownIncident(db, slug)
  if (!(await findSending(db, id))) throw new Failure(`First: mypage notices plan ${slug}`)
  await db.transaction().execute(tx => changeSending(tx, id, { actor: commandActor(), rates }))
  const { paused, rate, domain_rate, deadline } = (await findSending(db, id)) ?? {}
  const perDomain = domain_rate ? `, ${domain_rate} to one domain` : ''
  const by = deadline ? `, by ${deadline.toISOString()}` : ''
  console.log(`Sending is ${paused ? 'paused' : 'on'}, at ${rate} a second${perDomain}${by}.`)
}

async function changeRates(db: Database, slug: string, { rate, domainRate, deadline }: Changes) {
  if (rate === undefined && domainRate === undefined && deadline === undefined)
    throw new Failure('Say what to change: --rate, --domain-rate or --deadline')
  const { zone } = await knownIncident(db, slug)
  await change(db, slug, {
    ...(rate !== undefined && { rate: readRate('--rate', rate) }),
    ...(domainRate !== undefined && {
      domainRate: domainRate === '0' ? null : readRate('--domain-rate', domainRate)
    }),
    ...(deadline !== undefined && { deadline: readTime('--deadline', deadline, zone) })
  })
}

function readRate(option: string, text: string): number {
  const rate = Number(text)
  if (!(rate > 0 && rate <= 100_000))
    throw new Failure(`${option}: "${text}" is no number of messages a second`)
  return rate
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
