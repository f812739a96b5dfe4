import type { Rules } from '../maillog/rules.ts'
import type { WithPortal } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import { learnedAtLeast } from './detector.ts'
import { Drafts } from './drafts.ts'
import { describeExample } from './example.ts'
import { minuteLength } from './minute.ts'
import type { Normal } from './normal.ts'
import { type Channel, Posts } from './posts.ts'
import { Screen } from './screen.ts'
import type { Source } from './source.ts'
import { findNewSources, findSources } from './sources.ts'
import { readState, writeState } from './state.ts'
import { takeTurns } from './turns.ts'
import { Unread } from './unread.ts'
import { Watch } from './watch.ts'
import { describeAlarm, describeMinute, describeWatched, titleOf, withoutSecrets } from './words.ts'

export type Wanted = {
  names: string[]
  zone: string
  rules: Rules
  /** How long before the end of the logs learning begins, in milliseconds. */
  learn: number
  state: string | undefined
  host: string | undefined
  year: number | undefined
  channels: Channel[]
  incident: boolean
  minutes: boolean
  once: boolean
}

/** After a restart this much is read again: mail that waited since then is known. In milliseconds. */
const again = 6 * 3_600_000
/** In minutes. */
const savedEvery = 5
const lookedForNewEvery = 10_000
/** How long posts are waited for at the end, in milliseconds. */
const farewell = 5_000

/**
 * Watches logs until it is interrupted.
 * @throws Failure for what cannot be read, or not be kept
 */
export async function watchLogs(wanted: Wanted, withPortal: WithPortal) {
  const { names, zone, rules, learn, host, year, once } = wanted
  const state = readState(wanted.state)
  const isNew = Number.isNaN(state.closed)
  const screen = new Screen(wanted.minutes)
  const posts = new Posts(wanted.channels, problem => screen.problem(problem))
  const drafts = wanted.incident ? await Drafts.open(withPortal, screen) : undefined
  const files: string[] = []
  let sources: Source[] = []
  const watched = { from: Number.NaN, to: Number.NaN, messages: 0, alarms: 0 }

  const watch = new Watch({
    ...{ once, rules, ...state, open: state.alarms },
    describe: finding => describeExample(finding, files),
    tell(alarm) {
      const lines = describeAlarm(alarm, { zone, logs: sources.map(({ name }) => name) })
      screen.print(lines)
      if (alarm.told === 1) watched.alarms++
      posts.post({
        subject: titleOf(alarm),
        text: lines.join('\n'),
        alarm: { ...alarm, key: withoutSecrets(alarm.key) }
      })
      drafts?.keep(alarm, zone)
      save()
    },
    onMinute(minute) {
      if (!watch.silently) screen.minute(() => describeMinute(minute, zone))
      if (Number.isNaN(watched.from)) watched.from = minute.at
      watched.to = minute.at
      watched.messages += minute.messages
      if (minute.at % savedEvery !== 0 || watch.silently) return
      for (const alarm of watch.alarms.open.values()) drafts?.keep(alarm, zone)
      save()
    }
  })
  const save = () => {
    if (wanted.state === undefined || watch.silently) return
    const alarms = [...watch.alarms.open.values()]
    try {
      const closed = isNew ? watch.closed : Math.max(watch.closed, state.closed)
      writeState(wanted.state, { closed, normal: state.normal, alarms })
    } catch (error) {
      screen.problem(`The state cannot be kept: ${(error as Error).message}`)
    }
  }

  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      save()
      stop.abort()
    })
  const startOf = (last: number) => {
    if (!isNew) return (state.closed + 1) * minuteLength - again
    return once ? Number.NEGATIVE_INFINITY : last - learn
  }
  const asked = {
    names,
    zone,
    host,
    year,
    newHost: watch.newHost,
    startOf,
    files,
    leftOut: new Set<string>()
  }
  const found = await findSources(asked).catch(error => {
    throw new Failure((error as Error).message)
  })
  sources = found.sources
  for (const doubt of found.doubts) screen.problem(doubt)
  // What is over before the watching begins is nobody's alarm; what still goes on is.
  watch.silently = isNew && !once
  const unread = new Unread({ zone, tell: problem => screen.problem(problem) })
  let lookedForNew = performance.now()
  await takeTurns({
    ...{ watch, sources, once, stop: stop.signal },
    async onTurn() {
      if (watch.silently) screen.print(describeStart(sources, state.normal))
      watch.silently = false
      unread.look(sources)
      if (performance.now() - lookedForNew < lookedForNewEvery) return
      lookedForNew = performance.now()
      sources.push(...(await findNewSources(asked, sources)))
    }
  })
  save()
  screen.end()
  if (once) screen.print([describeWatched({ ...watched, learned: state.normal.minutes }, zone)])
  await Promise.all([posts.end(farewell), drafts?.end(), ...sources.map(source => source.close())])
}

function describeStart(sources: Source[], { minutes, messages }: Normal): string[] {
  const names = sources.map(({ name }) => name).join(', ')
  const rate = minutes > 0 ? (messages / minutes).toFixed(1) : '0'
  const more = minutes < learnedAtLeast ? ' Alarms begin when an hour is learned.' : ''
  return [`Watching ${names}. Learned ${count(minutes)} minutes: ${rate} messages a minute.${more}`]
}
