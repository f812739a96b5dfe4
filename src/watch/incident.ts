import { record } from '../audit/record.ts'
import type { Database } from '../database/tables.ts'
import { insertIncident } from '../incidents/queries.ts'
import { commandActor } from '../terminal/operator.ts'
import type { Alarm } from './alarms.ts'
import { concernProviderDomains, widenDraft } from './queries.ts'
import { showTime } from './words.ts'

/**
 * Opens a draft incident for an alarm, or widens the window of the one there is, so long as it is a draft: what
 * people made of it is left alone. The same alarm has the same incident, whoever is watching.
 * @returns its slug
 */
export async function keepDraft(db: Database, alarm: Alarm, zone: string): Promise<string> {
  const { first, last, domains } = alarm
  const window = { first: new Date(first), last: new Date(Math.max(last, first) + 1_000) }
  const slug = slugOf(alarm, zone)
  const since = showTime(first, zone).replace('T', ' ').slice(0, 16)
  const titles = {
    title_ja: `メール消失の疑い（${since}から）`,
    title_en: `Suspected loss of mail since ${since}`
  }
  const unaffected = { unaffected_ja: '', unaffected_en: '' }
  const names = domains.map(([domain]) => domain)
  return db.transaction().execute(async tx => {
    const times = { starts_at: window.first, ends_at: window.last, zone }
    const id = await insertIncident(tx, { slug, ...titles, ...unaffected, ...times })
    const known = id ? { id, state: 'draft' } : await widenDraft(tx, slug, window)
    if (known?.state === 'draft') await concernProviderDomains(tx, known.id, names)
    if (id)
      await record(tx, {
        actor: commandActor(),
        incidentId: id,
        action: 'incident created',
        details: { slug }
      })
    return slug
  })
}

/** `watch-2017-04-13-2006-discarded-by-transport`; no names out of the log, for it becomes public with the incident. */
function slugOf({ first, kind, key }: Alarm, zone: string): string {
  const since = showTime(first, zone).slice(0, 16).replace('T', '-').replace(':', '')
  const what = kind === 'flow' ? key : kind
  return `watch-${since}-${what.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`
}
