import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import { stampIn } from '../incidents/time.ts'
import type { CommandPortal, Commands } from '../terminal/commands.ts'
import { compareScopes } from './diff.ts'
import { listScopes } from './queries.ts'
import { listUnmatched } from './unmatched.ts'
import { knownScope, latestScope, scopesToCompare } from './versions.ts'
import {
  describeChanges,
  describeCoverage,
  describeDomain,
  describeFigures,
  describeSource,
  describeTotals,
  describeUnmatched
} from './wording.ts'

export const reviewCommands: Commands = (scope, withPortal) => {
  scope
    .command('list')
    .description('all versions of an incident')
    .argument('<incident>')
    .action((slug: string) => withPortal(({ db }) => list(db, slug)))

  scope
    .command('diff')
    .description('what differs between two versions, and whose verdict would')
    .argument('<incident>')
    .argument('[old]', 'a version; left out, the published one or the latest but one')
    .argument('[new]', 'a version; left out, the latest')
    .option('--out <file>', 'write every address that differs to this CSV file')
    .action((slug: string, from: string | undefined, to: string | undefined, { out }: { out?: string }) =>
      withPortal(portal => diff(portal, { slug, from, to, out }))
    )

  scope
    .command('unmatched')
    .description('recipients that a version has apart, and why')
    .argument('<incident>')
    .argument('[version]', 'left out, the latest')
    .option('--out <file>', 'write every recipient to this CSV file')
    .action((slug: string, version: string | undefined, { out }: { out?: string }) =>
      withPortal(portal => unmatched(portal, { slug, version, out }))
    )
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
    if (scope.withdrawn_at) events.push(`withdrawn ${stamp(scope.withdrawn_at)} by ${scope.withdrawn_by}`)
    const lines = [
      ...describeTotals(totals),
      ...sources.map(describeSource),
      ...describeCoverage(coverage, zone)
    ]
    for (const line of [...events, ...lines]) console.log(`  ${line}`)
  }
  console.log(`Times are in ${zone}.`)
}

type Comparison = { slug: string; from: string | undefined; to: string | undefined; out: string | undefined }

async function diff({ db, pool }: CommandPortal, { slug, out, ...asked }: Comparison) {
  const { id } = await knownIncident(db, slug)
  const { from, to } = scopesToCompare(await listScopes(db, id), asked)
  const { domains, verdicts } = await compareScopes(pool, { from, to, out })
  const changes = describeChanges(verdicts)
  console.log(`Version ${to.version} (${to.state}) against version ${from.version} (${from.state}):`)
  for (const line of describeFigures(from, to)) console.log(`  ${line}`)
  for (const domain of domains) console.log(`    ${describeDomain(domain)}`)
  console.log(`Verdicts, if version ${to.version} took the place of version ${from.version}:`)
  for (const line of changes.length > 0 ? changes : ['no changes']) console.log(`  ${line}`)
}

type Listing = { slug: string; version: string | undefined; out: string | undefined }

async function unmatched({ db, pool }: CommandPortal, { slug, version: asked, out }: Listing) {
  const { id, zone } = await knownIncident(db, slug)
  const scopes = await listScopes(db, id)
  const scope = asked === undefined ? latestScope(scopes) : knownScope(scopes, asked)
  const counts = await listUnmatched(pool, { scopeId: scope.id, zone, out })
  if (counts.length === 0) return console.log(`All recipients of version ${scope.version} are matched.`)
  console.log(`Recipients that version ${scope.version} has apart, with their most frequent domains:`)
  for (const counted of counts) console.log(`  ${describeUnmatched(counted)}`)
}
