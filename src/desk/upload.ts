import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'

/** Bytes of all files of an upload together. */
export const largest = 2 * 1024 ** 3

const prefix = 'mypage-upload-'
const day = 24 * 60 * 60 * 1_000
const summaryEnd = '.summary.json'

export type Upload = { folder: string; files: string[]; fields: Record<string, string> }
export type Refusal = 'none' | 'names' | 'summary' | 'large'

export class TooLarge extends Error {}

/**
 * Writes the files of a form into a folder of their own, as they come. When anything goes wrong on the way,
 * nothing is left of it.
 * @returns the lost-mail files; or why there are none to load
 * @throws TooLarge, or what broke the upload off
 */
export async function receiveFiles(request: FastifyRequest, config: Config): Promise<Upload | Refusal> {
  const folder = await mkdtemp(path.join(await placeFor(config), prefix))
  try {
    const received = await writeParts(request, folder)
    if (typeof received === 'string') await removeUpload(folder)
    return received
  } catch (error) {
    await removeUpload(folder)
    throw error
  }
}

/** On the disk that was chosen for data; whatever a process left that died a day ago is removed. */
async function placeFor({ embedded, dataDir }: Config): Promise<string> {
  const place = embedded ? dataDir : tmpdir()
  await mkdir(place, { recursive: true })
  for (const name of await readdir(place)) {
    if (!name.startsWith(prefix)) continue
    const known = await stat(path.join(place, name)).catch(() => undefined)
    if (known && known.mtimeMs < Date.now() - day) await removeUpload(path.join(place, name))
  }
  return place
}

export async function removeUpload(folder: string) {
  await rm(folder, { recursive: true, force: true })
}

async function writeParts(request: FastifyRequest, folder: string): Promise<Upload | Refusal> {
  const names: string[] = []
  const fields: Record<string, string> = {}
  const room = { left: largest }
  const limits = { fileSize: Number.MAX_SAFE_INTEGER, files: 200, fields: 20, fieldSize: 1_000, parts: 220 }
  let twice = false
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      fields[part.fieldname] = String(part.value)
      continue
    }
    const name = nameOf(part)
    twice ||= names.includes(name)
    // A field without a file comes with an empty name; what is refused anyway is read to its end.
    if (name === '' || twice) part.file.resume()
    else names.push(await write(part, path.join(folder, name), room))
  }
  if (twice) return 'names'
  const files = names.filter(name => !name.endsWith(summaryEnd))
  if (files.length === 0) return 'none'
  const summaries = names.filter(name => name.endsWith(summaryEnd))
  const known = files.map(name => `${path.parse(name).name}${summaryEnd}`)
  if (summaries.some(name => !known.includes(name))) return 'summary'
  return { folder, files: files.map(name => path.join(folder, name)), fields }
}

/** The browser's name of a file, without folders and whatever else could mean something. */
function nameOf({ filename = '' }: MultipartFile): string {
  const last = filename.split(/[/\\]/).at(-1) ?? ''
  const name = last.replace(/[^\p{L}\p{N}._+=@-]+/gu, '_').replace(/^\.+/, '')
  const end = name.endsWith(summaryEnd) ? summaryEnd : path.extname(name).slice(0, 20)
  // In bytes it has to be a name that every file system takes.
  return name.slice(0, name.length - end.length).slice(0, 60) + end
}

async function write({ file }: MultipartFile, target: string, room: { left: number }): Promise<string> {
  const limited = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      room.left -= chunk.length
      if (room.left < 0) throw new TooLarge()
      yield chunk
    }
  }
  await pipeline(file, limited, createWriteStream(target, { flags: 'wx', mode: 0o600 }))
  return path.basename(target)
}
