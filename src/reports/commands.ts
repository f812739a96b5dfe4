import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { Database } from '../database/tables.ts'
import { knownIncident } from '../incidents/commands.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
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

/** @throws Failure when a file cannot be read, or does not start with "# " and a title */
export function readTexts(ja: string, en: string): ReportText {
  const [japanese, english] = [readText(ja), readText(en)]
  return { title_ja: japanese.title, body_ja: japanese.body, title_en: english.title, body_en: english.body }
}

function readText(file: string): { title: string; body: string } {
  const text = readUtf8(file)
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
  const found = /^\s*# +(.*\S)[ \t]*(?:\n([^]*))?$/.exec(text)
  const [title, body] = [found?.[1], found?.[2]?.trim()]
  if (!title) throw new Failure(`${file} must start with "# " and the title.`)
  if (!body) throw new Failure(`${file} has a title but no text.`)
  return { title, body }
}

function readUtf8(file: string): string {
  const bytes = readBytes(file)
  if (!isUtf8(bytes)) throw new Failure(`${file} is not UTF-8.`)
  return bytes.toString()
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Failure(`The file ${file} cannot be read: ${(error as Error).message}`)
  }
}

type Place = { slug: string; incidentId: string }

async function add(db: Database, { slug, incidentId }: Place, text: ReportText) {
  const number = await db
    .transaction()
    .execute(tx => insertReport(tx, incidentId, { ...text, published_at: new Date() }))
  console.log(`Report ${number} of ${slug} is published: /news/${slug}/${number}`)
}

async function replace(db: Database, place: Place & { number: string }, text: ReportText) {
  const { slug, incidentId, number } = place
  const known = /^[1-9]\d{0,8}$/.test(number)
  if (!known || !(await replaceReport(db, { incidentId, number: Number(number) }, text)))
    throw new Failure(`There is no report ${number} of ${slug}; mypage report list shows them.`)
  console.log(`Report ${number} of ${slug} has a new text: /news/${slug}/${number}`)
}

async function list(db: Database) {
  const reports = await listAllReports(db)
  if (reports.length === 0) console.log('There are no reports. Next: mypage report publish')
  for (const { slug, number, state, published_at, title_en } of reports) {
    const hidden = state === 'draft' ? '  (not visible: the incident is a draft)' : ''
    console.log(`${slug} ${number}  ${published_at.toISOString()}  ${title_en}${hidden}`)
  }
}
