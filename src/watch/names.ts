import { glob, stat } from 'node:fs/promises'
import { filesNamed } from '../maillog/names.ts'

const packed = String.raw`\.(?:gz|bz2|xz|zst)`
/** `.1`, `-20261120`, `.2026-11-20-17`; but `mail.log-2` and `mx-1.log` may be logs of their own. */
const numbered = String.raw`(?:\.\d{1,3}|[.-]\d{4}-?\d\d(?:-?\d\d(?:[-T_.]?\d{2,10})?)?)`
const isPacked = new RegExp(`${packed}$`)
const after = new RegExp(`^(?:${numbered}|[.-](?:old|bak))?(?:${packed})?$`)
const between = new RegExp(`${numbered}(\\.[a-z]+)(?:${packed})?$`)

/**
 * The logs behind names of files, folders and patterns that are written to, or will be: no archive, nothing but
 * files, and not what was rotated away. `doubts` tells which of the others somebody may have meant.
 */
export async function liveFiles(names: string[]): Promise<{ live: string[]; doubts: string[] }> {
  const found = await Promise.all(names.map(filesOf))
  const all = [...new Set(found.flat())].map(async name => ({ name, kind: await kindOf(name) }))
  const { files = [], others = [] } = Object.groupBy(await Promise.all(all), ({ kind }) =>
    kind === 'a file' || kind === 'missing' ? 'files' : 'others'
  )
  const { unpacked = [], archives = [] } = Object.groupBy(
    files.map(({ name }) => name),
    name => (isPacked.test(name) ? 'archives' : 'unpacked')
  )
  const isOld = (name: string) => unpacked.some(other => isRotated(name, other))
  const old = unpacked.filter(isOld)
  const alone = archives.filter(name => names.includes(name) && !isOld(name))
  return {
    live: unpacked.filter(name => !isOld(name)),
    doubts: [
      ...others.map(({ name, kind }) => `${name} is left out: it is ${kind}.`),
      ...alone.map(name => `${name} is left out: nobody writes to an archive.`),
      ...(old.length > 0 ? [`Rotated away, so not watched but learned from: ${old.join(', ')}.`] : [])
    ]
  }
}

async function filesOf(name: string): Promise<string[]> {
  return /[*?[{]/.test(name) || (await kindOf(name)) === 'a folder' ? filesNamed(name) : [name]
}

/** What `live` was: `mail.log.1`, `mail.log-20261120.gz`, `mail-20261120.log` for `mail.log`. */
export async function rotatedOf(live: string): Promise<string[]> {
  const found = await Array.fromAsync(glob([`${live}[.-]*`, live.replace(/(\.[a-z]+)$/, '[.-]*$1*')]))
  const files = await Promise.all(found.map(async name => ((await isFile(name)) ? [name] : [])))
  return [...new Set(files.flat())].filter(name => isRotated(name, live))
}

export function isRotated(name: string, live: string): boolean {
  if (name === live) return false
  if (name.startsWith(live) && after.test(name.slice(live.length))) return true
  return name.replace(between, '$1') === live
}

export async function isFile(name: string): Promise<boolean> {
  return (await kindOf(name)) === 'a file'
}

/** What cannot be asked may come, or may be read, later. */
async function kindOf(name: string) {
  const found = await stat(name).catch(() => undefined)
  if (!found) return 'missing'
  if (found.isFile()) return 'a file'
  if (found.isDirectory()) return 'a folder'
  return found.isSocket() ? 'a socket' : found.isFIFO() ? 'a pipe' : 'a device'
}
