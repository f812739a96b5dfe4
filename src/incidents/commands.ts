import { canonicalDomain } from '../accounts/canonical.ts'
import type { Database } from '../database/tables.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { knownIncident } from './asked.ts'
import {
  concernDomains,
  findVirtualDomains,
  type Incident,
  insertIncident,
  listIncidents,
  setIncidentState
} from './queries.ts'
import { knownZone, readTime } from './time.ts'

type Asked = {
  titleJa: string
  titleEn: string
  from: string
  to: string
  zone: string
  domain: string[]
  unaffectedJa: string
  unaffectedEn: string
}

export const incidentCommands: Commands = (program, withPortal) => {
  const incident = program.command('incident').description('outages that lost mail')

  incident
    .command('create')
    .description('describe an outage; visitors see it when it is published')
    .argument('<slug>', 'its name in addresses of pages, such as mail-2017-04')
    .requiredOption('--title-ja <text>', 'title in Japanese')
    .requiredOption('--title-en <text>', 'title in English')
    .requiredOption('--from <time>', 'start of the window: 2017-04-13T20:06+09:00, or local 2017-04-13T20:06')
    .requiredOption('--to <time>', 'its end, the first moment when no more mail was lost')
    .option('--zone <name>', 'time zone in which visitors read its times', 'Asia/Tokyo')
    .requiredOption('--domain <name...>', 'domains concerned')
    .option('--unaffected-ja <text>', 'what was not affected, in Japanese', '')
    .option('--unaffected-en <text>', 'what was not affected, in English', '')
    .action((slug: string, asked: Asked) => withPortal(({ db }) => create(db, slug, asked)))

  incident
    .command('list')
    .description('all incidents, newest window first')
    .action(() => withPortal(({ db }) => list(db)))

  incident
    .command('publish')
    .description('make it visible; addresses read "undetermined" until a scope is published')
    .argument('<slug>')
    .action((slug: string) => withPortal(({ db }) => publish(db, slug)))

  incident
    .command('close')
    .description('mark it as dealt with; it stays visible')
    .argument('<slug>')
    .action((slug: string) => withPortal(({ db }) => close(db, slug)))
}

async function create(db: Database, slug: string, asked: Asked) {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))
    throw new Failure(`"${slug}" must be lower-case letters and digits with single hyphens: mail-2017-04`)
  const window = readWindow(asked)
  const names = [...new Set(asked.domain.map(readDomain))]
  const texts = {
    title_ja: asked.titleJa,
    title_en: asked.titleEn,
    unaffected_ja: asked.unaffectedJa,
    unaffected_en: asked.unaffectedEn
  }
  await db.transaction().execute(async tx => {
    const id = await insertIncident(tx, { slug, ...texts, ...window })
    if (!id) throw new Failure(`There is an incident "${slug}" already.`)
    await concernDomains(tx, id, names)
  })
  for (const { name } of await findVirtualDomains(db, names))
    console.log(`${name} is a virtual domain and stays one.`)
  console.log(`Incident ${slug} is a draft. Next: mypage scope load ${slug} FILE`)
}

function readWindow({ from, to, zone: asked }: Asked) {
  const zone = knownZone(asked)
  if (!zone) throw new Failure(`--zone: there is no time zone "${asked}"; write one such as Asia/Tokyo`)
  const [starts_at, ends_at] = [readTime('--from', from, zone), readTime('--to', to, zone)]
  if (starts_at >= ends_at) throw new Failure(`The window ends (${to}) before it starts (${from}).`)
  return { starts_at, ends_at, zone }
}

function readDomain(name: string): string {
  const domain = canonicalDomain(name)
  if (!domain) throw new Failure(`--domain: "${name}" is not a domain`)
  return domain
}

async function list(db: Database) {
  const incidents = await listIncidents(db)
  if (incidents.length === 0) return console.log('There are no incidents. Next: mypage incident create')
  for (const { slug, state, version, title_en, domains, ...window } of incidents) {
    console.log(`${slug}  ${state}  ${version ? `scope version ${version}` : 'no published scope'}`)
    console.log(`  ${title_en}`)
    console.log(`  ${showWindow(window)}`)
    console.log(`  ${domains.join(', ')}`)
  }
}

function showWindow({ starts_at, ends_at, zone }: Pick<Incident, 'starts_at' | 'ends_at' | 'zone'>): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium'
  })
  return `${format.format(starts_at)} to ${format.format(ends_at)} ${zone}`
}

async function publish(db: Database, slug: string) {
  const incident = await knownIncident(db, slug)
  if (incident.state === 'published') return console.log(`Incident ${slug} is published already.`)
  await setIncidentState(db, incident.id, 'published')
  console.log(`Incident ${slug} is published.`)
}

async function close(db: Database, slug: string) {
  const incident = await knownIncident(db, slug)
  if (incident.state === 'closed') return console.log(`Incident ${slug} is closed already.`)
  if (incident.state === 'draft')
    throw new Failure(`Incident ${slug} is a draft, seen by nobody; there is nothing to close.`)
  await setIncidentState(db, incident.id, 'closed')
  console.log(`Incident ${slug} is closed.`)
}
