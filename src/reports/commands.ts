import { record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { readTexts } from './files.ts'
import { insertReport, listAllReports, type ReportText, replaceReport } from './queries.ts'

type Asked = { ja: string; en: string; number?: string }

export const reportCommands: Commands = (program, withPortal) => {
  const report = program.command('report').description('public announcements of an incident')

  report
    .command('publish')
    .description('publish the next report; each file is Markdown and starts with "# " and its title')
    .argument('<incident>')
    .requiredOption('--ja <file>', 'the report in Japanese')
    .requiredOption('--en <file>', 'the report in English')
    .option('--number <n>', 'replace the text of this report instead')
    .action((slug: string, asked: Asked) => withPortal(({ db }) => publish(db, slug, asked)))

  report
    .command('list')
    .description('all reports, newest first')
    .action(() => withPortal(({ db }) => list(db)))
}

async function publish(db: Database, slug: string, { ja, en, number }: Asked) {
  const incident = await knownIncident(db, slug)
  const text = readTexts(ja, en)
  if (number) await replace(db, { slug, incidentId: incident.id, number }, text)
  else await add(db, { slug, incidentId: incident.id }, text)
  if (incident.state === 'draft')
    console.log(`Nobody sees it yet: mypage incident publish ${slug} makes it visible.`)
}

type Place = { slug: string; incidentId: string }

async function add(db: Database, { slug, incidentId }: Place, text: ReportText) {
  const number = await db.transaction().execute(async tx => {
    const given = await insertReport(tx, incidentId, { ...text, published_at: new Date() })
    await recordReport(tx, 'report published', { incidentId, number: given })
    return given
  })
  console.log(`Report ${number} of ${slug} is published: /news/${slug}/${number}`)
}

async function replace(db: Database, place: Place & { number: string }, text: ReportText) {
  const { slug, incidentId, number } = place
  const numbered = { incidentId, number: /^[1-9]\d{0,8}$/.test(number) ? Number(number) : 0 }
  await db.transaction().execute(async tx => {
    if (!(await replaceReport(tx, numbered, text)))
      throw new Failure(`There is no report ${number} of ${slug}; mypage report list shows them.`)
    await recordReport(tx, 'report changed', numbered)
  })
  console.log(`Report ${number} of ${slug} has a new text: /news/${slug}/${number}`)
}

async function recordReport(
  db: Database,
  action: string,
  { incidentId, number }: { incidentId: string; number: number }
) {
  await record(db, { actor: commandActor(), action, incidentId, details: { number } })
}

async function list(db: Database) {
  const reports = await listAllReports(db)
  if (reports.length === 0) console.log('There are no reports. Next: mypage report publish')
  for (const { slug, number, state, published_at, title_en } of reports) {
    const hidden = state === 'draft' ? '  (not visible: the incident is a draft)' : ''
    console.log(`${slug} ${number}  ${published_at.toISOString()}  ${title_en}${hidden}`)
  }
}
