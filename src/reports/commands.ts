import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import type { Incident } from '../incidents/queries.ts'
import { readTime } from '../incidents/time.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { addReport, correctReport, Unpublishable } from './at-once.ts'
import { exportReports } from './export.ts'
import { readTexts } from './files.ts'
import type { Unfit } from './look.ts'
import { findUnknown } from './placeholders.ts'
import { findNumbered, listNumbered } from './queries.ts'
import type { ReportText } from './rendered.ts'

type Asked = {
  ja: string
  en: string
  at?: string
  number?: string
  reasonJa?: string
  reasonEn?: string
}

export const reportCommands: Commands = (program, withPortal) => {
  const reports = program.command('reports').description('public announcements of an incident')

  reports
    .command('publish')
    .description('publish the next report; each file is Markdown and starts with "# " and its title')
    .argument('<incident>')
    .requiredOption('--ja <file>', 'the report in Japanese')
    .requiredOption('--en <file>', 'the report in English')
    .option('--at <time>', 'when, in the incident’s time zone; at once if it is not given')
    .option('--number <n>', 'correct this report instead; the former text stays in its history')
    .option('--reason-ja <text>', 'why it is corrected, in Japanese, for visitors to read')
    .option('--reason-en <text>', 'the same in English')
    .action((slug: string, asked: Asked) => withPortal(({ db }) => publish(db, slug, asked)))

  reports
    .command('list')
    .description('all reports, newest first')
    .action(() => withPortal(({ db }) => list(db)))

  reports
    .command('export')
    .description('write all published reports as plain HTML, for a CDN or a spare web server')
    .argument('<dir>', 'a new folder, or one of an earlier export')
    .action((dir: string) =>
      withPortal(async ({ config, db }) => {
        const { files, removed, reports } = await exportReports(db, config, dir)
        console.log(`Reports: ${reports}, each in two languages. Files in ${dir}: ${files}`)
        if (removed > 0) console.log(`Files of the export before that are not needed any more: ${removed}`)
      })
    )
}

async function publish(db: Database, slug: string, asked: Asked) {
  const incident = await knownIncident(db, slug)
  const text = readTexts(asked.ja, asked.en)
  for (const [field, file] of [['body_ja', asked.ja] as const, ['body_en', asked.en] as const])
    for (const { line, name } of findUnknown(text[field]))
      throw new Failure(`${file}: there is no placeholder "${name}" (line ${line} of the text).`)
  try {
    if (asked.number) await correct(db, incident, asked.number, asked, text)
    else await add(db, incident, asked, text)
  } catch (error) {
    if (error instanceof Unpublishable) throw new Failure(error.unfit.map(sayUnfit).join('\n'))
    throw error
  }
  if (incident.state === 'draft')
    console.log(`Nobody sees it yet: mypage incident publish ${slug} makes it visible.`)
}

async function add(db: Database, { id: incidentId, slug, zone }: Incident, { at }: Asked, text: ReportText) {
  const time = at === undefined ? null : readTime('--at', at, zone)
  if (time && time <= new Date()) throw new Failure(`--at: ${at} is over.`)
  const { outcome, number } = await addReport(db, { incidentId, text, at: time, actor: commandActor() })
  const when = outcome === 'scheduled' ? `will be published at ${time?.toISOString()}` : 'is published'
  console.log(`Report ${number} of ${slug} ${when}: /news/${slug}/${number}`)
}

async function correct(
  db: Database,
  { id: incidentId, slug }: Incident,
  number: string,
  { reasonJa = '', reasonEn = '' }: Asked,
  text: ReportText
) {
  const found = /^[1-9]\d{0,8}$/.test(number) ? await findNumbered(db, incidentId, Number(number)) : undefined
  if (!found?.visible)
    throw new Failure(`There is no published report ${number} of ${slug}; mypage reports list shows them.`)
  const written = { ...text, reason_ja: reasonJa, reason_en: reasonEn }
  const done = await correctReport(db, { incidentId, id: found.id, text: written, actor: commandActor() })
  if (done.outcome === 'written')
    throw new Failure(`${done.by} is writing a correction on the desk: publish or discard that one first.`)
  console.log(`Report ${number} of ${slug} is corrected: /news/${slug}/${number}`)
}

function sayUnfit(unfit: Unfit): string {
  if (unfit.why === 'missing')
    return `No published scope tells ${unfit.names.map(name => `{{${name}}}`).join(', ')}. First: mypage scope publish`
  if (unfit.why === 'reason') return 'A correction needs --reason-ja and --reason-en, which visitors read.'
  if (unfit.why === 'same') return 'The report has this text already.'
  if (unfit.why === 'unknown') return `There is no placeholder "${unfit.name}".`
  return 'The title or the text is empty.'
}

async function list(db: Database) {
  const reports = await listNumbered(db)
  if (reports.length === 0) console.log('There are no reports. Next: mypage reports publish')
  for (const { slug, number, state, visible, published_at, title_en } of reports) {
    const hidden =
      state === 'draft' ? '  (not visible: the incident is a draft)' : visible ? '' : '  (scheduled)'
    console.log(`${slug} ${number}  ${published_at.toISOString()}  ${title_en}${hidden}`)
  }
}
