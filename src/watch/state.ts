import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../terminal/failure.ts'
import type { Alarm } from './alarms.ts'
import { type Normal, newNormal } from './normal.ts'

/**
 * What watching needs to go on where it ended. There is no place in a file in it: the log is found again by its
 * own time, whatever was renamed, copied or packed since.
 */
export type State = {
  /** The last minute that was learned and judged, in minutes since the epoch. */
  closed: number
  normal: Normal
  alarms: Alarm[]
}

const version = 1
const maps = ['flows', 'groups', 'domains', 'hosts', 'departed'] as const

/** @throws Failure when it cannot be read, or could not be written later */
export function readState(file: string | undefined): State {
  const fresh = { closed: Number.NaN, normal: newNormal(), alarms: [] }
  if (file === undefined) return fresh
  if (!existsSync(path.dirname(path.resolve(file))))
    throw new Failure(`--state: there is no folder ${path.dirname(file)}. Make it first.`)
  if (!existsSync(file)) return fresh
  try {
    const { version: found, closed, normal, alarms } = JSON.parse(readFileSync(file, 'utf8'))
    if (found !== version) throw new Error(`it has version ${found}`)
    for (const name of maps) normal[name] = new Map(normal[name])
    return { closed, normal, alarms }
  } catch (error) {
    throw new Failure(
      `The state ${file} cannot be read: ${(error as Error).message}. Without the file all is learned anew.`
    )
  }
}

/** At once, and whole or not at all: it may be called when the process is about to end. */
export function writeState(file: string, { closed, normal, alarms }: State) {
  if (Number.isNaN(closed)) return
  const lists = Object.fromEntries(maps.map(name => [name, [...normal[name]]]))
  const text = JSON.stringify({ version, closed, alarms, normal: { ...normal, ...lists } })
  writeFileSync(`${file}.partial`, text, { mode: 0o600, flush: true })
  renameSync(`${file}.partial`, file)
}
