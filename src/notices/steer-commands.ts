import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import { readTime } from '../incidents/time.ts'
import type { Commands } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { changeSending, findSending, type Rates, slowestRate } from './queries.ts'

type Changes = {
  rate?: string
  domainRate?: string
  deadline?: string
  wave?: string
  wavePause?: string
  heedLogin?: string
}

export const steerCommands: Commands = (notices, withPortal) => {
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
    .option('--wave <n>', 'in waves of so many; 0 for none')
    .option('--wave-pause <minutes>', 'between two waves', '10')
    .option('--heed-login <on|off>', 'slow down while the login turns visitors away')
    .action((slug: string, asked: Changes) => withPortal(({ db }) => changeRates(db, slug, asked)))
}

async function change(db: Database, slug: string, rates: Rates) {
  const { id } = await knownIncident(db, slug)
  if (!(await findSending(db, id))) throw new Failure(`First: mypage notices plan ${slug}`)
  await db.transaction().execute(tx => changeSending(tx, id, { actor: commandActor(), rates }))
  const { paused, rate, domain_rate, deadline, wave_size, wave_pause } = (await findSending(db, id)) ?? {}
  const perDomain = domain_rate ? `, ${domain_rate} to one domain` : ''
  const by = deadline ? `, by ${deadline.toISOString()}` : ''
  const waves = wave_size
    ? `, in waves of ${count(wave_size)} with ${(wave_pause ?? 0) / 60} minutes between`
    : ''
  console.log(`Sending is ${paused ? 'paused' : 'on'}, at ${rate} a second${perDomain}${waves}${by}.`)
}

async function changeRates(db: Database, slug: string, asked: Changes) {
  const { rate, domainRate, deadline, wave, wavePause = '', heedLogin } = asked
  if ([rate, domainRate, deadline, wave, heedLogin].every(option => option === undefined))
    throw new Failure('Say what to change: --rate, --domain-rate, --deadline, --wave or --heed-login')
  if (heedLogin !== undefined && heedLogin !== 'on' && heedLogin !== 'off')
    throw new Failure(`--heed-login: "${heedLogin}" is neither on nor off`)
  const { zone } = await knownIncident(db, slug)
  await change(db, slug, {
    ...(rate !== undefined && { rate: readRate('--rate', rate) }),
    ...(domainRate !== undefined && {
      domainRate: domainRate === '0' ? null : readRate('--domain-rate', domainRate)
    }),
    ...(deadline !== undefined && { deadline: readTime('--deadline', deadline, zone) }),
    ...(wave !== undefined && { wave: readWave(wave, wavePause) }),
    ...(heedLogin !== undefined && { heedsLogin: heedLogin === 'on' })
  })
}

export function readRate(option: string, text: string): number {
  const rate = Number(text)
  if (!(rate >= slowestRate && rate <= 100_000))
    throw new Failure(`${option}: "${text}" is no number of messages a second`)
  return rate
}

function readWave(size: string, minutes: string): { size: number; pause: number } | null {
  if (size === '0') return null
  const [messages, pause] = [Number(size), 60 * Number(minutes)]
  if (!(Number.isInteger(messages) && messages > 0 && messages <= 10_000_000))
    throw new Failure(`--wave: "${size}" is no number of messages`)
  if (!(minutes !== '' && pause >= 0 && pause <= 86_400))
    throw new Failure(`--wave-pause: "${minutes}" is no number of minutes up to a day`)
  return { size: messages, pause: Math.round(pause) }
}
