import type { FastifyInstance } from 'fastify'
import type { Language } from '../database/tables.ts'
import { formatsFor } from '../format.ts'
import { findIncident } from '../incidents/queries.ts'
import { textsIn } from '../web/language.ts'
import type { Portal } from '../web/portal.ts'
import { type Figures, findFigures } from './figures.ts'

/** What a regulator asks for, as text to copy. */
export async function figurePages(app: FastifyInstance, { config, db, longDb }: Portal) {
  app.get('/incidents/:slug/figures', async (request, reply) => {
    const incident = await findIncident(db, (request.params as { slug: string }).slug)
    if (!incident) return reply.callNotFound()
    const figures = await findFigures(longDb, incident)
    const { users, minutes } = config.report
    const serious = figures.users !== undefined && figures.users >= users && figures.minutes >= minutes
    const texts = (['ja', 'en'] as const).map(language => ({
      language,
      text: write(language, figures, serious)
    }))
    const view = { tab: 'incidents', incident, figures, serious, texts, zone: incident.zone }
    return reply.page('desk/figures', { ...view, thresholds: config.report })
  })

  function write(language: Language, { incident, ...figures }: Figures, serious: boolean): string {
    const [t, format] = [textsIn(language), formatsFor(language, incident.zone)]
    const counted = (number: number | undefined | null) =>
      number === undefined || number === null ? t('figures.unknown') : format.number(number)
    const { users, minutes } = config.report
    const verdict = figures.users === undefined ? 'open' : serious ? 'yes' : 'no'
    const thresholds = { users: format.number(users), minutes: format.number(minutes) }
    return t('figures.text', {
      ...{ provider: config.provider.name[language], title: incident[`title_${language}`] },
      ...{ from: format.exact(incident.starts_at), to: format.exact(incident.ends_at), zone: format.zone },
      ...{ minutes: format.number(figures.minutes), domains: incident.domains.join(', ') },
      ...{ users: counted(figures.users), addresses: counted(figures.addresses) },
      messages: counted(figures.messages),
      version: figures.version ?? t('figures.unknown'),
      first: figures.first ? format.exact(figures.first) : t('figures.unknown'),
      serious: t(`figures.serious_${verdict}`, thresholds)
    })
  }
}
