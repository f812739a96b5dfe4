import { readMailSettings } from '../config.ts'
import { knownZone } from '../incidents/time.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { type Channel } from './posts.ts'
import { type Wanted, watchLogs } from './run.ts'

type Asked = {
  learn: string
  state?: string
  rules?: string
  zone?: string
  year?: string
  host?: string
  webhook?: string
  mail?: string[]
  incident?: boolean
  minutes?: boolean
  once?: boolean
}

export const watchCommands: Commands = (program, withPortal) => {
  program
    .command('watch')
    .description('follow mail logs and raise an alarm when mail is being lost; needs no database')
    .argument('<log...>', 'files that are written to, folders, patterns; what was rotated away is found')
    .option('--learn <hours>', 'how much of the logs that are there tells what is normal', '24')
    .option('--state <file>', 'keep what was learned, and go on from there after a restart')
    .option('--rules <file>', 'which outcomes are lost, and which are not: as for scan')
    .option('--zone <name>', 'time zone of the logs; that of this machine if not given')
    .option('--year <year>', 'of the first lines, where the logs have none')
    .option('--host <name>', 'whose logs those are that name no host')
    .option('--webhook <url>', 'post alarms there, as JSON')
    .option('--mail <address...>', 'mail alarms there; SMTP_URL says how')
    .option('--incident', 'open a draft incident for each alarm; this needs the database')
    .option('--minutes', 'print a line for every minute')
    .option('--once', 'end with the logs: to try what would have been an alarm')
    .action(async (names: string[], asked: Asked) => watchLogs(await wanted(names, asked), withPortal))
}

/** All that was asked for, told at once where it is wrong. */
async function wanted(names: string[], asked: Asked): Promise<Wanted> {
  const { state, host, incident = false, minutes = false, once = false } = asked
  const zone = knownZone(asked.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  if (zone === undefined)
    throw new Failure(`--zone: there is no time zone "${asked.zone}". One is Asia/Tokyo.`)
  if (!/^(?:\d{4})?$/.test(asked.year ?? '')) throw new Failure(`--year: "${asked.year}" is not a year`)
  if (!/^\d{1,4}$/.test(asked.learn)) throw new Failure(`--learn: "${asked.learn}" is not a number of hours`)
  const rules = asked.rules ? (await import('../scan/rules-file.ts')).readRules(asked.rules, zone) : []
  const learn = Number(asked.learn) * 3_600_000
  return {
    ...{ names, zone, rules, learn, state, host, incident, minutes, once },
    year: asked.year ? Number(asked.year) : undefined,
    channels: await channelsOf(asked)
  }
}

async function channelsOf({ webhook, mail }: Asked): Promise<Channel[]> {
  if (!webhook && !mail) return []
  const channels = await import('./channels.ts')
  if (webhook && !/^https?:$/.test(URL.parse(webhook)?.protocol ?? ''))
    throw new Failure(`--webhook: "${webhook}" is not an http or https address`)
  const wrong = mail?.find(address => !/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address))
  if (wrong !== undefined) throw new Failure(`--mail: "${wrong}" is not an e-mail address`)
  return [
    ...(webhook ? [channels.webhook(webhook)] : []),
    ...(mail ? [channels.mail({ ...readMailSettings(), to: mail })] : [])
  ]
}
