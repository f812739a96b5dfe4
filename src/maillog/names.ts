import { glob, readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/**
 * The files behind a name: itself, all in a folder, or all that a pattern matches, in the order of their
 * names. Throws an Error in words for the operator for a name that leads to nothing.
 */
export async function filesNamed(name: string): Promise<string[]> {
  const files: string[] = []
  for (const match of await matchesOf(name)) {
    if (!(await stat(match)).isDirectory()) files.push(match)
    else
      for (const entry of await readdir(match, { recursive: true, withFileTypes: true })) {
        if (!entry.isDirectory()) files.push(path.join(entry.parentPath, entry.name))
      }
  }
  return files.sort()
}

async function matchesOf(name: string): Promise<string[]> {
  const exists = await stat(name).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
      throw new Error(`${name} cannot be read: ${error.message}`)
    }
  )
  if (exists) return [name]
  const matches = await Array.fromAsync(glob(name))
  if (matches.length > 0) return matches
  throw new Error(
    /[*?[{]/.test(name)
      ? `The pattern "${name}" matches no file. Try it with ls first.`
      : `There is no file or folder "${name}". Check the path and where it starts from: ${process.cwd()}`
  )
}
