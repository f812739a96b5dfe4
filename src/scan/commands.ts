import { knownZone, readTime } from '../incidents/time.ts'
import type { Rules } from '../maillog/rules.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import type { Deciding } from './decider.ts'
import { startThread } from './jobs.ts'

type Asked = {
  from?: string
  to?: string
  zone?: string
  year?: string
  host?: string
  domain?: string[]
  rules?: string
  out?: string
  silence?: string
  outcomes?: boolean
  show?: string
}

export const scanCommands: Commands = program => {
  program
    .command('scan')
    .description('find lost mail in the logs of mail servers; needs no database')
    .argument(
      '[log...]',
      'files (also .gz .zst .xz .bz2), folders, patterns, - for standard input; or NAME.outcomes.csv to decide again'
    )
    .option('--from <time>', 'start of the window: 2017-04-13T20:06+09:00, or local 2017-04-13T20:06')
    .option('--to <time>', 'its end, the first moment when no more mail was lost')
    .option(
      '--zone <name>',
      'time zone of the logs and of times without an offset; that of this machine if not given'
    )
    .option('--year <year>', 'of the first lines, where the logs have none')
    .option('--host <name>', 'whose logs those are that name no host')
    .option('--domain <name...>', 'only recipients on these are lost mail')
    .option('--rules <file>', 'which outcomes are lost in this incident: YAML or JSON')
    .option('--out <file>', 'write the lost-mail file, and beside it the outcomes and a summary')
    .option(
      '--silence <minutes>',
      'how long a silence of a host is a gap; by itself 50 times what is usual, 5 at least'
    )
    .option('--outcomes', 'list what became of mail, by program, relay, status and reply, hour by hour')
    .option('--show <evidence>', 'print the lines behind a row of the lost-mail file')
    .action(run)
}

/** What each way needs is loaded when it is known which one it is: a scan begins the sooner. */
async function run(names: string[], asked: Asked) {
  if (asked.show !== undefined) return (await import('./show.ts')).showEvidence(asked.show)
  const [first] = names
  if (first === undefined)
    throw new Failure('Say which logs to read: mypage scan /var/log/mail.log* --from … --to …')
  if (first.endsWith('.outcomes.csv') && (await (await import('./again.ts')).isOutcomes(first)))
    return runAgain(names, asked)
  if (asked.from === undefined || asked.to === undefined)
    throw new Failure('Say for which window: --from 2017-04-13T20:06 --to 2017-04-13T22:25')
  startThread()
  const zone = zoneOf(asked.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  const deciding = await decidingOf(asked, zone)
  const window = {
    from: readTime('--from', asked.from, zone).getTime(),
    to: readTime('--to', asked.to, zone).getTime()
  }
  if (window.from >= window.to) throw new Failure('--to is not after --from.')
  const { scan } = await import('./run.ts')
  const { describe } = await import('./summary.ts')
  const {
    summary,
    results,
    names: files,
    warnings
  } = await scan({
    ...{ names, window, zone, deciding, host: asked.host, out: asked.out },
    year: wholeNumber('--year', asked.year),
    silence: minutes(asked.silence),
    grouped: asked.outcomes ?? false
  })
  if (asked.zone === undefined)
    console.error(`The logs are read as if in the zone of this machine, ${zone}: --zone decides.`)
  for (const warning of warnings) console.error(warning)
  if (asked.outcomes) {
    const { describeGroups } = await import('./outcomes.ts')
    for (const line of await describeGroups(results, { window, zone, names: files })) console.log(line)
  }
  for (const line of describe(summary)) console.log(line)
  if (asked.out === undefined) return
  const { besides } = await import('./results.ts')
  console.log(
    `Beside it: ${Object.values(besides(asked.out)).join(', ')}. Next: mypage scope load INCIDENT ${asked.out}`
  )
}

async function runAgain(names: string[], asked: Asked) {
  if ((asked.from ?? asked.to) !== undefined)
    throw new Failure('Outcomes have the window of their scan: leave --from and --to out, or scan the logs.')
  const { decideAgain, zoneOfScan } = await import('./again.ts')
  const { refusedBySystem } = await import('./results.ts')
  const deciding = await decidingOf(asked, zoneOf(asked.zone ?? zoneOfScan(names[0] as string)))
  const told = await decideAgain(names, { deciding, out: asked.out }).catch(refusedBySystem)
  for (const line of told) console.log(line)
}

function zoneOf(name: string): string {
  const zone = knownZone(name)
  if (zone === undefined) throw new Failure(`--zone: there is no time zone "${name}". One is Asia/Tokyo.`)
  return zone
}

async function decidingOf({ rules, domain = [] }: Asked, zone: string): Promise<Deciding> {
  return { rules: await rulesOf(rules, zone), domains: domain.map(name => name.toLowerCase()) }
}

/** What reads rules is large: it is loaded when there are any. */
async function rulesOf(file: string | undefined, zone: string): Promise<Rules> {
  if (file === undefined) return []
  const { readRules } = await import('./rules-file.ts')
  return readRules(file, zone)
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,6}$/.test(text)) throw new Failure(`${option}: "${text}" is not a whole number`)
  return Number(text)
}

function minutes(text: string | undefined): number | undefined {
  const number = wholeNumber('--silence', text)
  return number === undefined ? undefined : number * 60_000
}
