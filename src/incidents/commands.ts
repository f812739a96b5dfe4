import type { Database } from '../database/tables.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { knownIncident } from './asked.ts'
import { createIncident, moveIncident } from './change.ts'
import { type Mistake, readDescription } from './description.ts'
import { findVirtualDomains, type Incident, listIncidents } from './queries.ts'

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
  const read = readDescription({
    ...{ slug, from: asked.from, to: asked.to, zone: asked.zone, domains: asked.domain },
    ...{ title_ja: asked.titleJa, title_en: asked.titleEn },
    ...{ unaffected_ja: asked.unaffectedJa, unaffected_en: asked.unaffectedEn }
  })
  if ('mistakes' in read) throw new Failure(read.mistakes.map(describeMistake).join('\n'))
  if (!(await createIncident(db, commandActor(), read)))
    throw new Failure(`There is an incident "${slug}" already.`)
  for (const { name } of await findVirtualDomains(db, read.domains))
    console.log(`${name} is a virtual domain and stays one.`)
  console.log(`Incident ${slug} is a draft. Next: mypage scope load ${slug} FILE`)
}

function describeMistake({ field, why }: Mistake): string {
  if (field === 'slug' || field === 'order') return why
  return `--${field === 'domains' ? 'domain' : field.replace('_', '-')}: ${why}`
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
  if (!(await moveIncident(db, commandActor(), incident, 'published')))
    return console.log(`Incident ${slug} is published already.`)
  console.log(`Incident ${slug} is published.`)
}

async function close(db: Database, slug: string) {
  const incident = await knownIncident(db, slug)
  if (incident.state === 'closed') return console.log(`Incident ${slug} is closed already.`)
  if (incident.state === 'draft')
    throw new Failure(`Incident ${slug} is a draft, seen by nobody; there is nothing to close.`)
  await moveIncident(db, commandActor(), incident, 'closed')
  console.log(`Incident ${slug} is closed.`)
}
