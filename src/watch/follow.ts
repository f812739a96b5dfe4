import type { Stats } from 'node:fs'
import { type FileHandle, glob, open, stat } from 'node:fs/promises'
import { isFile } from './names.ts'

/** A shorter one reaches to the end of what is there. */
export const pieceLength = 256 * 1_024
/** By its first bytes a file is known again when its name or its inode says nothing. */
const headLength = 256

/** Bytes of a file that is followed; those of one generation are one file, whatever it is called by now. */
export type Piece = { bytes: Buffer; generation: number; offset: number }

/**
 * Follows a file that is written to, by its name: also when it is renamed and made anew, cut off after it was
 * copied (`copytruncate`), or away for a while. A file that was replaced is read to its end first.
 */
export class FollowedFile {
  readonly name: string
  readonly #buffer = Buffer.allocUnsafeSlow(pieceLength)
  #file: FileHandle | undefined
  #head = Buffer.alloc(0)
  #at: number
  #generation = 0

  /**
   * @param start the first byte to read
   * @param head how the file began that is meant, in latin1, if it was seen: it may have another name by now
   */
  constructor(name: string, start = 0, head = '') {
    this.name = name
    this.#at = start
    this.#head = Buffer.from(head.slice(0, headLength), 'latin1')
  }

  /** What comes next, good until it is asked again; nothing when all has been read for now. */
  async next(): Promise<Piece | undefined> {
    const file = (this.#file ??= await this.#open())
    if (!file) return undefined
    if (await this.#wasCut(file)) {
      await this.#goOn(await this.#findCopy())
      return this.next()
    }
    // Which file has the name is asked first: what the old one was given until then is read before it is left.
    const replaced = await this.#isReplaced(file)
    const { bytesRead } = await file.read({ buffer: this.#buffer, position: this.#at })
    if (bytesRead > 0) return this.#piece(bytesRead)
    if (!replaced) return undefined
    await this.#goOn(undefined)
    return this.next()
  }

  async close() {
    await this.#file?.close()
    this.#file = undefined
  }

  async #open(): Promise<FileHandle | undefined> {
    const file = await openFile(this.name)
    if (!file || this.#head.length > 0) return file
    this.#head = await headOf(file, headLength)
    // Its first line tells what log it is.
    if (this.#head.includes(10) || this.#head.length === headLength) return file
    this.#head = Buffer.alloc(0)
    await file.close()
    return undefined
  }

  /** Whether it is shorter than it was, or, grown again since, begins otherwise. */
  async #wasCut(file: FileHandle): Promise<boolean> {
    const { size } = await file.stat()
    return size < this.#at || !(await headOf(file, this.#head.length)).equals(this.#head)
  }

  /** The copy that was made before it was cut, which may have lines that were not read yet. */
  async #findCopy(): Promise<FileHandle | undefined> {
    for await (const name of glob(`${this.name}[.-]*`)) {
      const copy = await openFile(name)
      if (!copy) continue
      const { size } = await copy.stat()
      if (size >= this.#at && (await headOf(copy, this.#head.length)).equals(this.#head)) return copy
      await copy.close()
    }
    return undefined
  }

  /** @param copy where the rest of this generation is; without it the next one begins */
  async #goOn(copy: FileHandle | undefined) {
    await this.close()
    this.#file = copy
    if (copy) return
    this.#head = Buffer.alloc(0)
    this.#at = 0
    this.#generation++
  }

  /** Whether another file has the name and is written to: until then the old one may still be. */
  async #isReplaced(file: FileHandle): Promise<boolean> {
    const named: Stats | undefined = await stat(this.name).catch(absent)
    const { dev, ino } = await file.stat()
    return named !== undefined && named.size > 0 && (named.ino !== ino || named.dev !== dev)
  }

  #piece(length: number): Piece {
    const offset = this.#at
    this.#at += length
    return { bytes: this.#buffer.subarray(0, length), generation: this.#generation, offset }
  }
}

/** A pipe would wait for its writer for ever. */
async function openFile(name: string): Promise<FileHandle | undefined> {
  return (await isFile(name)) ? open(name).catch(absent) : undefined
}

async function headOf(file: FileHandle, length: number): Promise<Buffer<ArrayBuffer>> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: 0 })
  return buffer.subarray(0, bytesRead)
}

/** What is not there may come back; so may the right to read it. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'EACCES') throw error
}
