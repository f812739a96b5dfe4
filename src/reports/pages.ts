import type { FastifyInstance } from 'fastify'
import { Feed } from 'feed'
import { type Static, Type } from 'typebox'
import { languageOf, textsIn } from '../web/language.ts'
import type { Portal } from '../web/portal.ts'
import { renderMarkdown } from './markdown.ts'
import { findFacts, findReport, listReports } from './queries.ts'

const ReportParams = Type.Object({
  incident: Type.String(),
  number: Type.Integer({ minimum: 1, maximum: 10_000 })
})

export async function newsPages(app: FastifyInstance, { config, db }: Portal) {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-cache')
  })

  app.get('/', async (_request, reply) => reply.page('reports/news', { reports: await listReports(db) }))

  app.get('/news/:incident/:number', { schema: { params: ReportParams } }, async (request, reply) => {
    const { incident, number } = request.params as Static<typeof ReportParams>
    const report = await findReport(db, incident, number)
    if (!report) return reply.callNotFound()
    const text = renderMarkdown(languageOf(request) === 'ja' ? report.body_ja : report.body_en)
    const facts = await findFacts(db, report.incident_id)
    return reply.page('reports/report', { report, text, facts, zone: report.zone })
  })

  app.get('/news/feed.xml', async (request, reply) => {
    const language = languageOf(request)
    const t = textsIn(language)
    const reports = await listReports(db)
    const name = config.provider.name[language]
    const feed = new Feed({
      ...{ id: `${config.origin}/`, link: `${config.origin}/`, language, copyright: name },
      title: `${name} – ${t('news.title')}`,
      feedLinks: { atom: `${config.origin}/news/feed.xml` },
      updated: reports[0]?.published_at ?? new Date(0)
    })
    for (const report of reports) {
      const link = `${config.origin}/news/${report.slug}/${report.number}`
      const [title, body, incident] =
        language === 'ja'
          ? [report.title_ja, report.body_ja, report.incident_ja]
          : [report.title_en, report.body_en, report.incident_en]
      feed.addItem({
        ...{ id: link, link, title, date: report.published_at, content: renderMarkdown(body) },
        category: [{ name: incident, term: report.slug }]
      })
    }
    reply.header('vary', 'cookie, accept-language')
    return reply.type('application/atom+xml; charset=utf-8').send(feed.atom1())
  })
}
