import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import type { Commands } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { publishScope } from './publish.ts'
import { listScopes } from './queries.ts'
import { knownScope, publishedScope } from './versions.ts'
import { withdrawScope } from './withdraw.ts'
import { describeChanges } from './wording.ts'

export const publishCommands: Commands = (scope, withPortal) => {
  scope
    .command('publish')
    .description('bind the verdicts to a version')
    .argument('<incident>')
    .argument('<version>')
    .option('--yes', 'although addresses that are affected now would be so no longer')
    .action((slug: string, version: string, { yes: clear = false }: { yes?: boolean }) =>
      withPortal(({ db }) => publish(db, { slug, text: version, clear }))
    )

  scope
    .command('withdraw')
    .description('take back a version for good; the one published before takes its place')
    .argument('<incident>')
    .argument('[version]', 'left out, the published one')
    .option('--yes', 'do it; without, say what would happen')
    .action((slug: string, version: string | undefined, { yes = false }: { yes?: boolean }) =>
      withPortal(({ db }) => withdraw(db, { slug, text: version, yes }))
    )
}

async function publish(db: Database, { slug, text, clear }: { slug: string; text: string; clear: boolean }) {
  const { id } = await knownIncident(db, slug)
  const version = Number(text)
  const done = await db
    .transaction()
    .execute(tx => publishScope(tx, { incidentId: id, version, actor: commandActor(), clear }))
  if (done.outcome === 'already') return console.log(`Scope version ${version} is published already.`)
  if (done.outcome === 'refused')
    throw new Failure(`There is no version "${text}" to publish. There are: ${done.versions}.`)
  if (done.outcome === 'clears')
    throw new Failure(
      `Version ${version} would clear ${count(done.cleared)} addresses that read "affected" by version ${done.replaced}. ` +
        `If that is right: mypage scope publish ${slug} ${version} --yes`
    )
  console.log(`Scope version ${version} is published${done.replaced ? ` in place of ${done.replaced}` : ''}.`)
  if (done.incidentToo) console.log(`Incident ${slug} is published with it.`)
  if (done.handled > 0) console.log(`Messages that stay marked as handled: ${count(done.handled)}`)
  const changes = describeChanges(done.changes)
  if (changes.length > 0) console.log(['Verdicts that changed:', ...changes].join('\n  '))
}

type Withdrawing = { slug: string; text: string | undefined; yes: boolean }

async function withdraw(db: Database, { slug, text, yes }: Withdrawing) {
  const { id } = await knownIncident(db, slug)
  const scopes = await listScopes(db, id)
  const { version } = text === undefined ? publishedScope(scopes) : knownScope(scopes, text)
  const done = await db
    .transaction()
    .execute(tx => withdrawScope(tx, { incidentId: id, version, actor: commandActor(), sure: yes }))
  if (done.outcome === 'already') return console.log(`Scope version ${version} is withdrawn already.`)
  const sure = done.outcome === 'withdrawn'
  const lines = [`Scope version ${version} ${sure ? 'is' : 'would be'} withdrawn for good.`]
  if (done.changes) {
    const putBack = done.putBack === undefined ? 'No version' : `Version ${done.putBack}`
    lines.push(`${putBack} ${sure ? 'is' : 'would be'} published in its place.`)
    for (const line of describeChanges(done.changes)) lines.push(`  ${line}`)
  }
  if (sure) return console.log(lines.join('\n'))
  throw new Failure(`${lines.join('\n')}\nIf that is right: mypage scope withdraw ${slug} ${version} --yes`)
}
