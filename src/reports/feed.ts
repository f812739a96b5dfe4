import { Feed } from 'feed'
import type { Config } from '../config.ts'
import type { Language } from '../database/tables.ts'
import { textsIn } from '../web/language.ts'
import { changeLinks } from './links.ts'
import type { NewsReport } from './news.ts'
import { escapeHtml } from './rendered.ts'

/** The Atom feed; its entries keep their ids whatever the language, and link to the page in it. */
export function drawFeed(news: NewsReport[], { origin, provider }: Config, language: Language): string {
  const [t, name] = [textsIn(language), provider.name[language]]
  const changedAt = ({ readings, published_at }: NewsReport) => readings.at(-1)?.at ?? published_at
  const feed = new Feed({
    ...{ id: `${origin}/`, link: `${origin}/news/${language}`, language, copyright: name },
    title: `${name} – ${t('news.title')}`,
    feedLinks: { atom: `${origin}/news/feed.${language}.xml` },
    updated: new Date(Math.max(0, ...news.map(report => Number(changedAt(report)))))
  })
  for (const report of news) {
    const { title, body } = report.rendered[language]
    const id = `${origin}/news/${report.slug}/${report.number}`
    feed.addItem({
      ...{ id, link: `${id}/${language}` },
      // Titles are HTML in this feed.
      title: escapeHtml(title),
      ...{ date: changedAt(report), published: report.published_at },
      content: changeLinks(body, path => origin + path),
      category: [{ name: report[`incident_${language}`], term: report.slug }]
    })
  }
  return wellFormed(feed.atom1())
}

/** One character that XML does not know would take the feed away from every reader. */
function wellFormed(xml: string): string {
  return (
    xml
      .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
      // The library leaves this one as it is in attributes; only categories have text there.
      .replaceAll(/<category label="[^"]*"/g, tag => `<${tag.slice(1).replaceAll('<', '&lt;')}`)
  )
}
