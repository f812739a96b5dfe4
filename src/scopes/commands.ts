import type { CoverageGap, Database } from '../database/tables.ts'
import { knownIncident, readTime } from '../incidents/asked.ts'
import type { Incident } from '../incidents/queries.ts'
import type { CommandPortal, Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { operatorName } from '../terminal/operator.ts'
import { type Loaded, loadScope } from './load.ts'
import { publishScope } from './publish.ts'
import { listScopes } from './queries.ts'
import {
  count,
  describeCoverage,
  describeSource,
  describeTotals,
  describeUntold,
  stampIn
} from './wording.ts'

export const scopeCommands: Commands = (program, withPortal) => {
  const scope = program.command('scope').description('whose mail was lost, in numbered versions')

  scope
    .command('load')
    .description('load lost-mail files as one draft')
    .argument('<incident>')
    .argument('<file...>', 'CSV: recipient,received_at,sender,message_id,size,queue_id; or recipient alone')
    .option('--gap <from/to...>', 'time span that the logs do not cover; nobody reads "not affected" then')
    .option('--problems <file>', 'write all lines with problems to this CSV file')
    .action((slug: string, files: string[], asked: { gap?: string[]; problems?: string }) =>
      withPortal(portal => load(portal, { slug, files, ...asked }))
    )

  scope
    .command('list')
    .description('all versions of an incident')
    .argument('<incident>')
    .action((slug: string) => withPortal(({ db }) => list(db, slug)))

  scope
    .command('publish')
    .description('bind the verdicts to a version')
    .argument('<incident>')
    .argument('<version>')
    .option('--yes', 'although addresses that are affected now would be so no longer')
    .action((slug: string, version: string, { yes: clear = false }: { yes?: boolean }) =>
      withPortal(({ db }) => publish(db, { slug, text: version, clear }))
    )
}

type Asked = { slug: string; files: string[]; gap?: string[]; problems?: string }

async function load({ db, pool }: CommandPortal, { slug, files, gap = [], problems }: Asked) {
  const incident = await knownIncident(db, slug)
  const gaps = gap.map(text => readGap(text, incident))
  const loaded = await loadScope(pool, { incident, files, gaps, problems, by: operatorName() })
  for (const line of loaded.apart) console.error(line)
  console.log(describeOutcome(loaded, files.length > 1))
  const { totals, domains, coverage, untold } = loaded
  const lines = [...describeTotals(totals, domains), ...describeCoverage(coverage, incident.zone)]
  for (const line of lines) console.log(`  ${line}`)
  for (const line of describeUntold(untold, coverage)) console.log(line)
  if (loaded.fresh) console.log(`Next: mypage scope publish ${slug} ${loaded.version}`)
}

function readGap(text: string, { zone, starts_at, ends_at }: Incident): CoverageGap {
  const [from, to, ...rest] = text.split('/')
  if (!from || !to || rest.length > 0) throw new Failure(`--gap: "${text}" is not FROM/TO`)
  const [start, end] = [readTime('--gap', from, zone), readTime('--gap', to, zone)]
  if (start >= end) throw new Failure(`--gap: "${text}" ends before it starts`)
  if (end <= starts_at || start >= ends_at) throw new Failure(`--gap: "${text}" is outside the window`)
  return { from: start.toISOString(), to: end.toISOString() }
}

function describeOutcome({ version, before, fresh }: Loaded, many: boolean): string {
  if (!before) return `Scope version ${version} is a draft.`
  const [these, file] = many ? ['These files are', 'files'] : ['This file is', 'file']
  if (!fresh) return `${these} scope version ${version} already; nothing was loaded.`
  const changes = `recipients with an owner now: ${before.found}, affected addresses with another: ${before.moved}`
  return `Scope version ${version} is a draft of the same ${file} as version ${before.version} (${changes}).`
}

async function list(db: Database, slug: string) {
  const { id, zone } = await knownIncident(db, slug)
  const scopes = await listScopes(db, id)
  if (scopes.length === 0) return console.log(`There is no scope. Next: mypage scope load ${slug} FILE`)
  const stamp = stampIn(zone)
  for (const { version, state, totals, coverage, sources, ...scope } of scopes) {
    console.log(`version ${version}  ${state}`)
    const events = [`loaded ${stamp(scope.created_at)} by ${scope.created_by}`]
    if (scope.published_at) events.push(`published ${stamp(scope.published_at)} by ${scope.approved_by}`)
    const lines = [
      ...describeTotals(totals),
      ...sources.map(describeSource),
      ...describeCoverage(coverage, zone)
    ]
    for (const line of [...events, ...lines]) console.log(`  ${line}`)
  }
  console.log(`Times are in ${zone}.`)
}

async function publish(db: Database, { slug, text, clear }: { slug: string; text: string; clear: boolean }) {
  const { id } = await knownIncident(db, slug)
  const version = Number(text)
  const done = await db
    .transaction()
    .execute(tx => publishScope(tx, { incidentId: id, version, by: operatorName(), clear }))
  if (done.outcome === 'already') return console.log(`Scope version ${version} is published already.`)
  if (done.outcome === 'refused')
    throw new Failure(
      `There is no version "${text}" to publish. There are: ${done.versions.join(', ') || 'none'}.`
    )
  if (done.outcome === 'clears')
    throw new Failure(
      `Version ${version} would clear ${count(done.cleared)} addresses that read "affected" by version ${done.replaced}. ` +
        `If that is right: mypage scope publish ${slug} ${version} --yes`
    )
  console.log(`Scope version ${version} is published${done.replaced ? ` in place of ${done.replaced}` : ''}.`)
  if (done.incidentToo) console.log(`Incident ${slug} is published with it.`)
  if (done.handled > 0) console.log(`Messages that stay marked as handled: ${count(done.handled)}`)
}
