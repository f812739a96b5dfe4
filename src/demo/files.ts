import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { hashPassword } from '../sign-in/passwords.ts'
import { cast } from './cast.ts'
import { type LostMessage, makeLostMail } from './lost-mail.ts'
import { type Members, makeMembers } from './members.ts'
import { type Random, seededRandom, whole } from './random.ts'
import { startsAt } from './window.ts'

const seed = 20170413
const hour = 3_600_000
const rowsTogether = 500

export type Files = { members: string; lostMail: string }

export function filesIn(folder: string): Files {
  return { members: path.join(folder, 'members.csv'), lostMail: path.join(folder, 'lost-mail.csv') }
}

/** The same bytes each time, but for the salted hashes of the passwords. */
export async function writeMembers(folder: string) {
  await mkdir(folder, { recursive: true })
  const members = makeMembers(seededRandom(seed))
  await writeFile(filesIn(folder).members, inChunks(memberRows(members, await hashPasswords())))
}

/** Writes the larger file in a thread of its own, so that the members are imported meanwhile. */
export async function writeLostMail(folder: string) {
  const thread = new Worker(new URL('./lost-mail-thread.ts', import.meta.url), { workerData: folder })
  await once(thread, 'exit')
}

/** What the thread does: the same bytes each time. */
export async function writeLostMailHere(folder: string) {
  const random = seededRandom(seed)
  const lostMail = makeLostMail(random, makeMembers(random))
  await writeFile(filesIn(folder).lostMail, inChunks(lostMailRows(random, lostMail)))
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

function* lostMailRows(random: Random, mail: LostMessage[]): Generator<string> {
  yield 'recipient,received_at,sender,message_id,size,queue_id'
  for (const { at, recipient, sender } of mail) {
    const id = `${whole(random, 1e8, 1e9)}.${whole(random, 1e8, 1e9)}`
    const domain = sender.slice(sender.indexOf('@') + 1) || 'mta.example'
    const time = startsAt + at
    yield `${recipient},${inJapan(time)},${sender},<${id}@${domain}>,${size(random)},${queueId(random, time)}`
  }
}

function inJapan(time: number): string {
  return `${new Date(time + 9 * hour).toISOString().slice(0, 19)}+09:00`
}

/** Bytes: some kilobytes mostly, megabytes at times. A product of many chances is log-normal. */
function size(random: Random): number {
  let bytes = 4_000
  for (let factor = 0; factor < 8; factor++) bytes *= 0.2 + 2.2 * random()
  return 700 + Math.floor(bytes)
}

const digits = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz'

/** A long queue ID as Postfix makes it: seconds and microseconds in base 52, `z`, the inode in base 51. */
function queueId(random: Random, time: number): string {
  const microseconds = (time % 1_000) * 1_000 + whole(random, 0, 999)
  const inode = whole(random, 200_000, 900_000)
  return `${inBase(52, Math.floor(time / 1_000), 6)}${inBase(52, microseconds, 4)}z${inBase(51, inode, 0)}`
}

function inBase(base: number, value: number, length: number): string {
  const rest = Math.floor(value / base)
  return `${rest > 0 ? inBase(base, rest, length - 1) : ''.padStart(length - 1, '0')}${digits[value % base]}`
}
