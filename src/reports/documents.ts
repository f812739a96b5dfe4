import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Language } from '../database/tables.ts'
import { drawPage } from '../web/pages.ts'
import { differencesOf } from './differences.ts'
import { drawFeed } from './feed.ts'
import type { NewsReport } from './news.ts'

export const languages: Language[] = ['ja', 'en']

/** A finished answer, the same for everybody who asks for its address in its language. */
export type Document = { body: Buffer; type: string; etag: string; language: Language }

/**
 * Draws one of the public documents. `shared` is one with the language in its address, which is the same for everybody;
 * `copied` is when it was written for another place.
 */
export type Draw = (config: Config, language: Language, how: { shared: boolean; copied?: Date }) => string

const html = 'text/html; charset=utf-8'
const atom = 'application/atom+xml; charset=utf-8'

export type Drawing = { type: string; draw: Draw }

/** The documents of what everybody may read, by name: `news`, `feed`, and for each report `SLUG/NUMBER` and its history. */
export function drawingsOf(news: NewsReport[]): Map<string, Drawing> {
  const drawings = new Map<string, Drawing>()
  drawings.set('news', { type: html, draw: drawNews(news) })
  drawings.set('feed', { type: atom, draw: (config, language) => drawFeed(news, config, language) })
  for (const report of news) {
    const name = `${report.slug}/${report.number}`
    drawings.set(name, { type: html, draw: drawReport(report) })
    drawings.set(`${name}/history`, { type: html, draw: drawHistory(report) })
  }
  return drawings
}

/** The address of a document that chooses the language by the visitor. */
export function chosenPath(name: string): string {
  if (name === 'news') return '/'
  return name === 'feed' ? '/news/feed.xml' : `/news/${name}`
}

/** The address of a document in a language. */
export function pathOf(name: string, language: Language): string {
  if (name === 'news') return `/news/${language}`
  if (name === 'feed') return `/news/feed.${language}.xml`
  const [slug, number, history] = name.split('/')
  return `/news/${slug}/${number}/${language}${history ? '/history' : ''}`
}

export function toDocument({ type, draw }: Drawing, ...how: Parameters<Draw>): Document {
  const body = Buffer.from(draw(...how))
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 24)}"`
  return { body, type, etag, language: how[1] }
}

type Data = Record<string, unknown>

function page(name: string, view: string, data: (language: Language) => Data): Draw {
  return (config, language, { shared, copied }) =>
    drawPage({ config }, view, {
      ...data(language),
      ...{ language, copied, here: chosenPath(name) },
      shared: shared && {
        ...{ origin: config.origin, chosen: chosenPath(name) },
        path: (other: Language) => pathOf(name, other)
      }
    })
}

function drawNews(reports: NewsReport[]): Draw {
  return page('news', 'reports/news', language => ({
    reports: reports.map(report => ({ ...report, path: pathOf(`${report.slug}/${report.number}`, language) }))
  }))
}

function drawReport(report: NewsReport): Draw {
  const { facts, zone, slug, number, readings } = report
  const name = `${slug}/${number}`
  const last = (by: 'correction' | 'figures') => readings.findLast(reading => reading.by === by)
  return page(name, 'reports/report', language => ({
    ...{ report, facts, zone, text: report.rendered[language] },
    ...{ corrected: last('correction'), figures: last('figures'), changed: readings.length > 1 },
    history: pathOf(`${name}/history`, language)
  }))
}

function drawHistory(report: NewsReport): Draw {
  const { zone, slug, number, readings } = report
  const name = `${slug}/${number}`
  return page(`${name}/history`, 'reports/history', language => {
    const shown = readings.map((reading, at) => {
      const [now, before] = [reading.rendered[language], readings[at - 1]?.rendered[language]]
      return { ...reading, text: now, pieces: before && differencesOf(before, now, language) }
    })
    return {
      report,
      zone,
      text: report.rendered[language],
      readings: shown.reverse(),
      back: pathOf(name, language)
    }
  })
}
