import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import path from 'node:path'
import { Failure } from '../terminal/failure.ts'

export type Written = { files: number; removed: number }

/** Lists what an export wrote, so that the next one knows its own files. */
const listName = 'mypage-export.json'
/** Of files that are not whole yet. */
const unfinished = '.mypage-part'

/**
 * Writes files into a folder in their order, each of them whole or not at all, then removes what an earlier export left
 * there. The folder may be served meanwhile.
 * @throws Failure when there is anything in it that no export wrote
 */
export function writeFolder(folder: string, files: { path: string; content: string | Buffer }[]): Written {
  const earlier = ownFiles(folder)
  const now = files.map(({ path }) => path)
  // Told before they are there: what is left of an export that was broken off is known by the next one.
  writeWhole(path.join(folder, listName), listOf([...new Set([...earlier, ...now])]))
  for (const file of files) writeWhole(path.join(folder, file.path), file.content)
  const gone = earlier.filter(file => !now.includes(file))
  for (const file of gone) remove(folder, file)
  writeWhole(path.join(folder, listName), listOf(now))
  return { files: now.length, removed: gone.length }
}

function ownFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  const there = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
  const own = readList(path.join(folder, listName))
  const foreign = there.filter(file => file !== listName && !file.endsWith(unfinished) && !own.includes(file))
  if (foreign.length > 0)
    throw new Failure(
      `${folder} has files that no export wrote, such as ${foreign.slice(0, 3).join(', ')}. Take a folder of its own.`
    )
  for (const file of there.filter(file => file.endsWith(unfinished))) rmSync(path.join(folder, file))
  return own.filter(file => there.includes(file))
}

function readList(file: string): string[] {
  if (!existsSync(file)) return []
  try {
    const { files } = JSON.parse(readFileSync(file, 'utf8')) as { files: unknown[] }
    return files.filter(name => typeof name === 'string')
  } catch {
    throw new Failure(`${file} cannot be read. Take another folder.`)
  }
}

function listOf(files: string[]): string {
  return `${JSON.stringify({ written_at: new Date().toISOString(), files }, null, 1)}\n`
}

function writeWhole(file: string, content: string | Buffer) {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file + unfinished, content)
  renameSync(file + unfinished, file)
}

/** With the folders that are empty then. */
function remove(folder: string, file: string) {
  rmSync(path.join(folder, file))
  for (let at = path.dirname(file); at !== '.'; at = path.dirname(at)) {
    try {
      rmdirSync(path.join(folder, at))
    } catch {
      return
    }
  }
}
