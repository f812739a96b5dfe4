import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { hashPassword } from '../sign-in/passwords.ts'
import { cast } from './cast.ts'
import { type Members, makeMembers } from './members.ts'
import { seededRandom } from './random.ts'

const seed = 20170413
const rowsTogether = 500

export type Files = { members: string; log: string; lostMail: string }

export function filesIn(folder: string): Files {
  const within = (name: string) => path.join(folder, name)
  return { members: within('members.csv'), log: within('mx1.log'), lostMail: within('lost-mail.csv') }
}

/** When the files are there. */
export type Writing = { members: Promise<unknown>; lostMail: Promise<unknown> }

/**
 * Writes the files of the demo in a thread: the members first, so that they can be imported while a mail
 * log is written and the lost mail is found in it.
 */
export function writeFiles(folder: string): Writing {
  const thread = new Worker(new URL('./files-thread.ts', import.meta.url), { workerData: folder })
  // A start that fails does not wait for them.
  thread.unref()
  const writing = { members: once(thread, 'message'), lostMail: once(thread, 'exit') }
  // A failure is told to who waits for it.
  for (const file of Object.values(writing)) file.catch(() => {})
  return writing
}

/** The same bytes each time, but for the salted hashes of the passwords. */
export async function writeMembers(folder: string) {
  await mkdir(folder, { recursive: true })
  const members = makeMembers(seededRandom(seed))
  await writeFile(filesIn(folder).members, inChunks(memberRows(members, await hashPasswords())))
}

function* inChunks(rows: Iterable<string>): Generator<string> {
  let chunk = ''
  let count = 0
  for (const row of rows) {
    chunk += `${row}\n`
    if (++count % rowsTogether > 0) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}

async function hashPasswords(): Promise<Map<string, string>> {
  const hashed = cast.map(async ({ loginId, password }) => [loginId, await hashPassword(password)] as const)
  return new Map(await Promise.all(hashed))
}

function* memberRows({ cast: players, others }: Members, hashes: Map<string, string>): Generator<string> {
  yield 'login_id,kind,name,contact_email,language,password_hash,address'
  for (const { loginId, kind, name, language, addresses } of [...players, ...others]) {
    const contact = `${loginId.toLowerCase()}@contact.example`
    // Hashes have commas in them.
    const hash = hashes.has(loginId) ? `"${hashes.get(loginId)}"` : ''
    for (const address of addresses)
      yield `${loginId},${kind},${name},${contact},${language},${hash},${address}`
  }
}
