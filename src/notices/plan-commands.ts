import { writeFileSync } from 'node:fs'
import { stringify } from 'csv-stringify/sync'
import { record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import type { CommandPortal, Commands } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { countLedger, listRest, standings } from './ledger.ts'
import { textOf } from './message.ts'
import { type Plan, planAndRecord, sum } from './plan.ts'
import { cancelPlanned, findPublishedScope, findSending } from './queries.ts'
import { countReportNotices } from './report-notices.ts'
import { foreseePlan } from './samples.ts'

/** Domains that a plan lists by name. */
const listedDomains = 10

export const planCommands: Commands = (notices, withPortal) => {
  notices
    .command('plan')
    .description('write the ledger for what is published now; nobody is told twice')
    .argument('<incident>')
    .option('--dry-run', 'say what it would be, and write nothing')
    .action((slug: string, { dryRun = false }: { dryRun?: boolean }) =>
      withPortal(portal => (dryRun ? foresee(portal, slug) : plan(portal.db, slug)))
    )

  notices
    .command('status')
    .description('where every affected address stands; the sum is that of the scope')
    .argument('<incident>')
    .action((slug: string) => withPortal(({ db }) => showStatus(db, slug)))

  notices
    .command('rest')
    .description('affected addresses that nobody has reached, with the reason, for letters and calls')
    .argument('<incident>')
    .requiredOption('--out <file>', 'CSV file to write')
    .action((slug: string, { out }: { out: string }) => withPortal(({ db }) => writeRest(db, slug, out)))

  notices
    .command('cancel')
    .description('cancel what is not sent yet')
    .argument('<incident>')
    .option('--yes', 'do it')
    .action((slug: string, { yes = false }: { yes?: boolean }) =>
      withPortal(({ db }) => cancel(db, slug, yes))
    )
}

async function foresee({ db, config }: CommandPortal, slug: string) {
  const incident = await knownIncident(db, slug)
  const foreseen = await foreseePlan(db, incident.id)
  if (!foreseen) throw nothingPublished(slug)
  for (const line of describePlan(foreseen.plan, true)) console.log(line)
  for (const sample of foreseen.samples) {
    console.log(`\n--- ${sample.kind}, ${sample.account_kind}, ${sample.language}: to ${sample.recipient}\n`)
    console.log(textOf(sample, incident, config))
  }
}

async function plan(db: Database, slug: string) {
  const { id } = await knownIncident(db, slug)
  const planned = await db.transaction().execute(tx => planAndRecord(tx, id, commandActor()))
  if (!planned) throw nothingPublished(slug)
  for (const line of describePlan(planned, false)) console.log(line)
  console.log(`Next: mypage notices send ${slug}`)
}

function nothingPublished(slug: string): Failure {
  return new Failure(`Nothing is published yet. First: mypage scope publish ${slug} VERSION`)
}

function describePlan(plan: Plan, dryRun: boolean): string[] {
  const { counts, cancelled, version } = plan
  const [are, would] = dryRun ? ['would be', ' would be'] : ['are', '']
  const lines = [
    `${count(sum(plan, 'notices'))} notices of ${count(sum(plan, 'addresses'))} addresses ${are} planned, ` +
      (version === null ? 'now that no scope is published.' : `for scope version ${version}.`)
  ]
  if (cancelled > 0) lines.push(`Of an earlier version, not sent${would}, cancelled: ${count(cancelled)}`)
  const by = (key: (each: Plan['counts'][number]) => string) =>
    [...Map.groupBy(counts, key)]
      .map(([name, all]) => ({ name, notices: all.reduce((sum, { notices }) => sum + notices, 0) }))
      .sort((one, other) => other.notices - one.notices)
  const told = [
    ...by(({ kind }) => kind),
    ...by(({ account_kind }) => account_kind),
    ...by(({ language }) => language)
  ]
  const domains = by(({ domain }) => domain ?? 'no mailbox known')
  for (const { name, notices } of [...told, ...domains.slice(0, listedDomains)])
    lines.push(`  ${name}: ${count(notices)}`)
  if (domains.length > listedDomains)
    lines.push(`  and ${count(domains.length - listedDomains)} more domains`)
  return lines
}

async function showStatus(db: Database, slug: string) {
  const { id } = await knownIncident(db, slug)
  const scope = await knownPublished(db, slug, id)
  const { total, counts } = await countLedger(db, id, scope.id)
  const sending = await findSending(db, id)
  console.log(`Affected addresses of scope version ${scope.version}: ${count(total)}`)
  for (const standing of standings)
    if (counts[standing] > 0) console.log(`  ${standing}: ${count(counts[standing])}`)
  const open = counts.planned + counts.sending + counts.unknown + counts['not planned']
  console.log(`${count(total - open)} of ${count(total)} accounted for.`)
  for (const { number, revision, state, notices } of await countReportNotices(db, id))
    console.log(`Of report ${number}, correction ${revision - 1}: ${state} ${count(notices)}`)
  if (sending) console.log(`Sending is ${sending.paused ? 'paused' : 'on'}, at ${sending.rate} a second.`)
  if (sending && sending.brake > 0)
    console.log(
      `Slowed down to ${sending.rate / 2 ** sending.brake} a second: the login turns visitors away.`
    )
}

async function knownPublished(db: Database, slug: string, incidentId: string) {
  const scope = await findPublishedScope(db, incidentId)
  if (!scope) throw new Failure(`No scope of ${slug} is published.`)
  return scope
}

async function writeRest(db: Database, slug: string, out: string) {
  const { id } = await knownIncident(db, slug)
  const scope = await knownPublished(db, slug, id)
  const rows = await listRest(db, id, scope.id)
  const columns = ['login_id', 'name', 'contact_email', 'email', 'standing', 'recipient', 'response']
  writeFileSync(out, stringify(rows, { header: true, columns, bom: true, escape_formulas: true }), {
    mode: 0o600
  })
  console.log(`${count(rows.length)} addresses are in ${out}.`)
}

async function cancel(db: Database, slug: string, yes: boolean) {
  const { id } = await knownIncident(db, slug)
  if (!yes)
    throw new Failure(
      `What is planned would never be sent. If that is right: mypage notices cancel ${slug} --yes`
    )
  const cancelled = await db.transaction().execute(async tx => {
    const notices = await cancelPlanned(tx, id)
    await record(tx, {
      actor: commandActor(),
      action: 'notices cancelled',
      incidentId: id,
      details: { notices }
    })
    return notices
  })
  console.log(`Notices that are cancelled: ${count(cancelled)}`)
}
